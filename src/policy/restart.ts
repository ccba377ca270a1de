import { checkCount, checkDurationMs, InvalidOptionError, joinPath, readOptions } from "../errors/index.ts";
import type { OutcomeStatus } from "../task/index.ts";
import { exponential } from "./backoff.ts";
import type { Backoff } from "./backoff.ts";

/**
 * Whether an ended attempt is followed by another: never, after every end (`"always"`), after a failure or timeout, or as
 * a function of the error and the number of the attempt says. A cancelled task never comes back.
 */
export type RestartWhen = "never" | "always" | "on-failure" | ((error: unknown, attempt: number) => boolean);

/** When and how often a managed task is started again. */
export interface RestartPolicy {
  /** Default `"on-failure"`. */
  readonly when?: RestartWhen | undefined;
  /** Restarts after the first attempt, at the most (default 5); `Infinity` for no bound. */
  readonly maxRestarts?: number | undefined;
  /** How long to wait (default exponential, 1 s to 60 s, full jitter). */
  readonly backoff?: Backoff | undefined;
  /** An attempt that ran so many milliseconds was healthy: restarts are counted from 1 again after it. */
  readonly resetAfterMs?: number | undefined;
}

/** A restart policy with every default filled in. */
export interface ResolvedRestart {
  readonly when: Exclude<RestartWhen, "never">;
  readonly maxRestarts: number;
  readonly backoff: Backoff;
  readonly resetAfterMs: number;
}

/**
 * Comes back on failure: 5 restarts, 1 s doubling to 60 s, counted anew after five healthy minutes. For listeners,
 * consumers, pollers: a failure now and then over months is not the end of one.
 */
export const persistent: RestartPolicy = { when: "on-failure", maxRestarts: 5, resetAfterMs: 300_000 };

const allowed = new Set(["when", "maxRestarts", "backoff", "resetAfterMs"]);

/** Reads a `restart` option; `undefined` where no restart is wanted. */
export function readRestart(option: string, given: unknown): ResolvedRestart | undefined {
  const bag = readOptions(option, given, allowed);
  const when = bag["when"] === undefined ? "on-failure" : checkWhen(joinPath(option, "when"), bag["when"]);
  const maxRestarts = bag["maxRestarts"] ?? 5;
  const resolved = {
    maxRestarts:
      maxRestarts === Number.POSITIVE_INFINITY
        ? Number.POSITIVE_INFINITY
        : checkCount(joinPath(option, "maxRestarts"), maxRestarts, 0),
    backoff:
      bag["backoff"] === undefined
        ? exponential()
        : checkBackoff(joinPath(option, "backoff"), bag["backoff"]),
    resetAfterMs:
      bag["resetAfterMs"] === undefined
        ? Number.POSITIVE_INFINITY
        : checkDurationMs(joinPath(option, "resetAfterMs"), bag["resetAfterMs"]),
  };
  return when === "never" ? undefined : { when, ...resolved };
}

function checkWhen(option: string, value: unknown): RestartWhen {
  if (value === "never" || value === "always" || value === "on-failure" || typeof value === "function") {
    return value as RestartWhen;
  }
  throw new InvalidOptionError(
    option,
    value,
    '"never", "always", "on-failure" or a function of error and attempt',
  );
}

function checkBackoff(option: string, value: unknown): Backoff {
  const isBackoff =
    typeof value === "object" && value !== null && typeof (value as Partial<Backoff>).delayMs === "function";
  if (isBackoff) return value as Backoff;
  throw new InvalidOptionError(option, value, "an object with a delayMs function");
}

/** Whether a policy wants another attempt after one that ended so. A predicate is asked with the error and the attempt. */
export function wantsRestart(
  when: ResolvedRestart["when"],
  ending: { readonly status: OutcomeStatus; readonly error?: unknown },
  attempt: number,
): boolean {
  if (when === "always") return true;
  if (ending.status !== "failed") return false;
  if (when === "on-failure") return true;
  try {
    return when(ending.error, attempt);
  } catch {
    // A predicate that fails says nothing: the task fails with its own error, not with that of the predicate.
    return false;
  }
}
