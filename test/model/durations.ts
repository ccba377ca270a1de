import type { Plan } from "./steps.ts";

/** The durations of one started plan, in milliseconds; `Infinity` for none. */
export interface Durations {
  readonly timeoutMs: number;
  readonly totalTimeoutMs: number;
  readonly cancelGraceMs: number;
  readonly backoffMs: number;
  readonly resetAfterMs: number;
}

/**
 * Makes milliseconds of a plan's units. `ordinal` counts the starts of a sequence: it makes all durations different, so
 * that hardly ever two things are due at one instant. Which of two goes first is promised nowhere.
 */
export function durationsOf(plan: Plan, ordinal: number): Durations {
  const unique = (count: number | undefined, salt: number): number =>
    count === undefined ? Number.POSITIVE_INFINITY : count * 1_000 + (((ordinal * 5 + salt) * 61) % 997);
  return {
    timeoutMs: unique(plan.timeout, 0),
    totalTimeoutMs: unique(plan.total, 1),
    cancelGraceMs: unique(plan.grace ?? 1, 2),
    backoffMs: unique(plan.restart?.delay, 3),
    resetAfterMs: unique(plan.restart?.resetAfter, 4),
  };
}
