import { checkDurationMs, checkWord, InvalidOptionError, joinPath, readOptions } from "../errors/index.ts";

/** How long to wait before a restart. Users may write their own. */
export interface Backoff {
  /** Milliseconds to wait before the given restart, counted from 1. */
  delayMs(restart: number): number;
}

/**
 * How a delay is spread, so that many tasks that failed together do not come back together: `"none"` takes the delay as
 * it is, `"full"` any part of it, `"equal"` its half and any part of the other half.
 */
export type Jitter = "none" | "full" | "equal";

/** What all backoffs take. */
export interface BackoffOptions {
  /** The longest delay, in milliseconds, before jitter (default 60,000). */
  readonly maxMs?: number | undefined;
  /** Default `"full"`. */
  readonly jitter?: Jitter | undefined;
  /** Gives numbers from 0 to below 1 (default `Math.random`). */
  readonly random?: (() => number) | undefined;
}

const jitters: readonly Jitter[] = ["none", "full", "equal"];

/** The same delay each time. */
export function fixed(options: BackoffOptions & { readonly delayMs: number }): Backoff {
  const { delayMs, ...rest } = options;
  const stepMs = checkDurationMs("fixed.delayMs", delayMs);
  return backoff("fixed", rest, () => stepMs);
}

/** The base times the number of the restart. */
export function linear(options: BackoffOptions & { readonly baseMs?: number }): Backoff {
  const { baseMs, ...rest } = options;
  const stepMs = readBase("linear", baseMs);
  return backoff("linear", rest, (restart) => stepMs * restart);
}

/** The base, multiplied by the factor (default 2) at each further restart. */
export function exponential(
  options: BackoffOptions & { readonly baseMs?: number; readonly factor?: number } = {},
): Backoff {
  const { baseMs, factor, ...rest } = options;
  const stepMs = readBase("exponential", baseMs);
  const growth = factor ?? 2;
  if (typeof growth !== "number" || !(growth >= 1)) {
    throw new InvalidOptionError("exponential.factor", factor, "a number from 1 up");
  }
  return backoff("exponential", rest, (restart) => stepMs * growth ** (restart - 1));
}

/** The base times 1, 1, 2, 3, 5, 8 … */
export function fibonacci(options: BackoffOptions & { readonly baseMs?: number } = {}): Backoff {
  const { baseMs, ...rest } = options;
  const stepMs = readBase("fibonacci", baseMs);
  return backoff("fibonacci", rest, (restart) => stepMs * fibonacciNumber(restart));
}

function backoff(kind: string, given: BackoffOptions, growMs: (restart: number) => number): Backoff {
  const bag = readOptions(kind, given, new Set(["maxMs", "jitter", "random"]));
  const maxMs = bag["maxMs"] === undefined ? 60_000 : checkDurationMs(joinPath(kind, "maxMs"), bag["maxMs"]);
  const jitter =
    bag["jitter"] === undefined ? "full" : checkWord(joinPath(kind, "jitter"), bag["jitter"], jitters);
  const random = checkRandom(joinPath(kind, "random"), bag["random"]);
  return {
    delayMs(restart) {
      const wholeMs = Math.min(growMs(restart), maxMs);
      switch (jitter) {
        case "none":
          return wholeMs;
        case "full":
          return wholeMs * random();
        case "equal":
          return wholeMs / 2 + (wholeMs / 2) * random();
      }
    },
  };
}

function readBase(kind: string, given: unknown): number {
  return given === undefined ? 1_000 : checkDurationMs(joinPath(kind, "baseMs"), given);
}

function checkRandom(option: string, value: unknown): () => number {
  if (value === undefined) return Math.random;
  if (typeof value === "function") return value as () => number;
  throw new InvalidOptionError(option, value, "a function that gives numbers from 0 to below 1");
}

/** Stops growing where doubles no longer hold whole numbers: every cap is far below. */
function fibonacciNumber(index: number): number {
  let previous = 0;
  let current = 1;
  for (let step = 1; step < Math.min(index, 78); step += 1)
    [previous, current] = [current, previous + current];
  return current;
}

/** What a backoff says, which may be a user's own; a second where it throws or says nothing usable. */
export function safeDelayMs(backoff: Backoff, restart: number): number {
  try {
    const delayMs: unknown = backoff.delayMs(restart);
    if (typeof delayMs === "number" && delayMs >= 0) return Math.min(delayMs, Number.MAX_SAFE_INTEGER);
  } catch {
    // Falls through: a task must not be lost to the arithmetic of its waiting.
  }
  return 1_000;
}
