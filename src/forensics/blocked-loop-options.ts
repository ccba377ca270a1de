import { checkBoolean, InvalidOptionError, readOptions } from "../errors/index.ts";

/** Options of `blockedLoop`. */
export interface BlockedLoopOptions {
  /** From how many milliseconds on a block counts, 20 to 3,600,000 (default 100). */
  readonly thresholdMs?: number | undefined;
  /** Whether events have the call stack (default true). It has paths of files and no values. */
  readonly stacks?: boolean | undefined;
}

/** The same, with defaults. */
export interface ResolvedBlockedLoopOptions {
  readonly thresholdMs: number;
  readonly stacks: boolean;
}

const keys = new Set<string>(["thresholdMs", "stacks"] satisfies (keyof BlockedLoopOptions)[]);
const SHORTEST_MS = 20;
const LONGEST_MS = 3_600_000;

export function readBlockedLoopOptions(given: unknown): ResolvedBlockedLoopOptions {
  const { thresholdMs = 100, stacks = true } = readOptions("blockedLoop", given, keys);
  return {
    thresholdMs: checkThreshold(thresholdMs),
    stacks: checkBoolean("blockedLoop.stacks", stacks),
  };
}

function checkThreshold(value: unknown): number {
  if (typeof value === "number" && value >= SHORTEST_MS && value <= LONGEST_MS) return value;
  throw new InvalidOptionError(
    "blockedLoop.thresholdMs",
    value,
    `a number of milliseconds from ${SHORTEST_MS} to ${LONGEST_MS}`,
  );
}
