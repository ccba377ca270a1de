/** An environment variable, `undefined` when it is unset or blank: OpenTelemetry makes no difference. */
export function readVariable(name: string): string | undefined {
  const value = process.env[name]?.trim();
  return value === "" ? undefined : value;
}

/** A variable that holds a list, lower case; `undefined` when it is unset or blank. */
export function readList(name: string): readonly string[] | undefined {
  return readVariable(name)
    ?.toLowerCase()
    .split(",")
    .map((word) => word.trim());
}

/** The longest delay that Node's timers take; for a longer one they fire every millisecond. */
const MAX_TIMER_MS = 2_147_483_647;

/** A variable that holds milliseconds above 0, as far as a timer takes them; `undefined` when it is unset or anything else. */
export function readDelayMs(name: string): number | undefined {
  const delayMs = readPositive(name);
  return delayMs === undefined ? undefined : Math.min(delayMs, MAX_TIMER_MS);
}

/** A variable that holds a number above 0; `undefined` when it is unset or anything else. */
export function readPositive(name: string): number | undefined {
  const value = Number(readVariable(name) ?? Number.NaN);
  return value > 0 && value < Number.POSITIVE_INFINITY ? value : undefined;
}
