import { InvalidArgumentError } from "commander";

const unitsMs = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** `850ms`, `12.5s`, `4m5s`, `2h10m`, `3d4h` */
export function durationText(durationMs: number): string {
  const ms = Math.max(Math.round(durationMs), 0);
  if (ms < 1_000) return `${ms}ms`;
  if (ms < 60_000) return `${(Math.floor(ms / 100) / 10).toString()}s`;
  const pairs = [
    ["d", "h"],
    ["h", "m"],
    ["m", "s"],
  ] as const;
  const [large, small] = pairs.find(([unit]) => ms >= unitsMs[unit]) ?? pairs[2];
  const rest = Math.floor((ms % unitsMs[large]) / unitsMs[small]);
  return `${Math.floor(ms / unitsMs[large])}${large}${rest === 0 ? "" : `${rest}${small}`}`;
}

/** Reads `500ms`, `30s`, `5m`, `2h`, `1d`, and a number without a unit as seconds. Gives milliseconds. */
export function readDuration(text: string): number {
  const [, digits, unit = "s"] = /^(\d{1,9}(?:\.\d{1,3})?)(ms|s|m|h|d)?$/.exec(text.trim()) ?? [];
  if (digits === undefined)
    throw new InvalidArgumentError("It takes a time such as 500ms, 30s, 5m, 2h or 1d.");
  return Number(digits) * unitsMs[unit as keyof typeof unitsMs];
}
