import { TaskscopeError } from "./taskscope-error.ts";

/** Who asked for a cancellation. A closed list: safe as an attribute value. */
export type CancelledBy = "request" | "parent" | "group" | "shutdown" | "replaced" | "signal";

/**
 * A managed task was stopped on request. `cause` is the reason that was given, exactly as it was given.
 * Has a stack where one task was cancelled by its handle or id, and none where many were at once.
 */
export class TaskCancelledError extends TaskscopeError {
  override readonly name: string = "TaskCancelledError";
  /** Who asked. */
  readonly cancelledBy: CancelledBy;

  /** `hasStack`: whether one call asked for this one cancellation, so that where it stands tells something. */
  constructor(what: string, cancelledBy: CancelledBy, reason: unknown, hasStack: boolean) {
    super(
      "TASKSCOPE_CANCELLED",
      `${what} was cancelled by ${cancelledBy}`,
      reason === undefined ? undefined : { cause: reason },
      hasStack,
    );
    this.cancelledBy = cancelledBy;
  }
}
