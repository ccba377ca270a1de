import type { ErrorCode } from "./codes.ts";
import { TaskscopeError } from "./taskscope-error.ts";

/** Why a task was refused. A closed list: it is the `reason` label of `taskscope_tasks_rejected_total`. */
export const rejectionReasons = [
  "limit",
  "queue_full",
  "rate",
  "duplicate",
  "unresponsive",
  "breaker_open",
  "closed",
] as const;

/** One of {@link rejectionReasons}. */
export type RejectionReason = (typeof rejectionReasons)[number];

/** A task was refused: it never existed, its body never ran, and it is not counted as spawned. */
export class TaskRejectedError extends TaskscopeError {
  override readonly name: string = "TaskRejectedError";
  /** Why, as a machine-readable label. */
  readonly reason: RejectionReason;

  constructor(reason: RejectionReason, message: string, code: ErrorCode = "TASKSCOPE_REJECTED") {
    super(code, message);
    this.reason = reason;
  }
}

/** The tracker has been shut down, so it takes no new managed root task. */
export class TrackerClosedError extends TaskRejectedError {
  override readonly name: string = "TrackerClosedError";

  constructor(what: string) {
    super("closed", `${what} was refused: its tracker has been shut down`, "TASKSCOPE_CLOSED");
  }
}
