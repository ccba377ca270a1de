import { durationText } from "../output/duration.ts";

const whole = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
const short = new Intl.NumberFormat("en", { maximumFractionDigits: 1 });

/** `12,345` */
export function formatCount(value: number | undefined): string {
  return value === undefined ? "–" : whole.format(value);
}

/** `12.3/s` */
export function formatRate(perSecond: number | undefined): string {
  if (perSecond === undefined) return "–";
  return `${perSecond >= 100 ? whole.format(perSecond) : short.format(perSecond)}/s`;
}

/** `850µs`, `1.2ms`, `850ms`, `12.5s`, `4m5s`, `2h10m`, `3d4h`: like the other commands, finer for what is short. */
export function formatMs(durationMs: number | undefined): string {
  if (durationMs === undefined || !Number.isFinite(durationMs)) return "–";
  const ms = Math.max(durationMs, 0);
  if (ms === 0) return "0";
  if (ms < 1) return `${whole.format(ms * 1_000)}µs`;
  if (ms < 10) return `${short.format(ms)}ms`;
  const rounded = Math.round(ms);
  if (rounded < 1_000 || rounded >= 60_000) return durationText(rounded);
  // With the decimal always there, columns of them stand in line.
  return `${(Math.floor(rounded / 100) / 10).toFixed(1)}s`;
}

export function formatSeconds(seconds: number | undefined): string {
  return formatMs(seconds === undefined ? undefined : seconds * 1_000);
}

/** `1.2 MB` */
export function formatBytes(bytes: number): string {
  if (bytes < 1_000) return `${whole.format(bytes)} B`;
  return bytes < 1_000_000 ? `${short.format(bytes / 1_000)} kB` : `${short.format(bytes / 1_000_000)} MB`;
}

/** `14:03:22`, by the reader's clock. */
export function formatClock(atMs: number): string {
  const date = new Date(atMs);
  const two = (value: number): string => String(value).padStart(2, "0");
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
}

/** How far a task is: `45 %`, or `450` where nobody knows of how many. */
export function formatProgress(
  progress: { readonly done: number | null; readonly total?: number | null | undefined } | undefined,
): string {
  if (progress === undefined || progress.done === null) return "";
  const { done, total } = progress;
  if (total === undefined || total === null || total <= 0) return formatCount(done);
  return `${Math.floor(Math.min(Math.max(done / total, 0), 1) * 100)} %`;
}
