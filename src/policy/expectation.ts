import { checkDurationMs, joinPath } from "../errors/index.ts";
import type { OptionBag } from "../errors/index.ts";

/** From when on a running task is *stuck*. Nothing happens to a stuck task: it is counted and shown. */
export interface ExpectationOptions {
  /** A task that runs for longer, in milliseconds, is stuck; `Infinity` for never (the default). */
  readonly expectedMs?: number | undefined;
  /**
   * A task that gave no sign of life (`heartbeat`, `progress`) for longer, in milliseconds, is stuck; `Infinity` for
   * never (the default). Counted from its start.
   */
  readonly heartbeatMs?: number | undefined;
}

/** Expectations with every default filled in. */
export interface Expectation {
  readonly expectedMs: number;
  readonly heartbeatMs: number;
}

/** The option keys of an expectation. */
export const expectationKeys: readonly (keyof ExpectationOptions)[] = ["expectedMs", "heartbeatMs"];

/** The expectation of types that none was given for. */
export const noExpectation: Expectation = {
  expectedMs: Number.POSITIVE_INFINITY,
  heartbeatMs: Number.POSITIVE_INFINITY,
};

/** Puts the expectation options of `bag` over `base`. */
export function readExpectation(path: string, bag: OptionBag, base: Expectation): Expectation {
  const { expectedMs, heartbeatMs } = bag;
  if (expectedMs === undefined && heartbeatMs === undefined) return base;
  return {
    expectedMs:
      expectedMs === undefined ? base.expectedMs : checkDurationMs(joinPath(path, "expectedMs"), expectedMs),
    heartbeatMs:
      heartbeatMs === undefined
        ? base.heartbeatMs
        : checkDurationMs(joinPath(path, "heartbeatMs"), heartbeatMs),
  };
}
