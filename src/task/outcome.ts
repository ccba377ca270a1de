import type { CancelledBy } from "../errors/index.ts";

interface OutcomeBase {
  /** How many times the body was started: 0 when the task was cancelled while queued. */
  readonly attempts: number;
  /** Time spent running, in milliseconds, summed over the attempts. */
  readonly durationMs: number;
  /** Time spent queued, in milliseconds. */
  readonly queuedMs: number;
}

/** The body settled with a value. */
export interface CompletedOutcome<T> extends OutcomeBase {
  readonly status: "completed";
  readonly value: T;
}

/** The body threw or rejected, or the task's own timeout passed. */
export interface FailedOutcome extends OutcomeBase {
  readonly status: "failed";
  /** What the body threw, untouched, whatever it is. */
  readonly error: unknown;
  /** `timeout`, or the error's class name if it is usable as a label, else `_OTHER`. */
  readonly errorType: string;
}

/** The task was stopped on request. */
export interface CancelledOutcome extends OutcomeBase {
  readonly status: "cancelled";
  readonly cancelledBy: CancelledBy;
  /** The reason that was given, untouched. */
  readonly reason: unknown;
}

/** How a task ended. Reliable: it is made from what the body did, never from events. */
export type Outcome<T> = CompletedOutcome<T> | FailedOutcome | CancelledOutcome;
