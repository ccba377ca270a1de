import { checkCount, checkDurationMs, checkWaitMs, readOptions } from "../errors/index.ts";

/** How long finished tasks can still be looked at. */
export interface RetentionOptions {
  /** For how long after its end, in milliseconds (default 300,000). */
  readonly finishedMs?: number | undefined;
  /** How many at the most; the oldest give way (default 1,000). 0 keeps none. */
  readonly maxFinished?: number | undefined;
  /** How often, in milliseconds, those that are too old are dropped (default 60,000). */
  readonly sweepMs?: number | undefined;
}

/** Retention with every default filled in. */
export type Retention = Readonly<Record<keyof RetentionOptions, number>>;

const allowed = new Set(["finishedMs", "maxFinished", "sweepMs"]);

/** Reads the `retention` option of a tracker. */
export function readRetention(given: unknown): Retention {
  const { finishedMs, maxFinished, sweepMs } = readOptions("retention", given, allowed);
  return {
    finishedMs: finishedMs === undefined ? 300_000 : checkWaitMs("retention.finishedMs", finishedMs),
    maxFinished: maxFinished === undefined ? 1_000 : checkCount("retention.maxFinished", maxFinished, 0),
    sweepMs: sweepMs === undefined ? 60_000 : checkDurationMs("retention.sweepMs", sweepMs),
  };
}
