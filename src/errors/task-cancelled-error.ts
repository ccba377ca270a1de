import { TaskscopeError } from "./taskscope-error.ts";

/** Who asked for a cancellation. A closed list: safe as an attribute value. */
export type CancelledBy = "request" | "parent" | "group" | "shutdown" | "replaced" | "signal";

/** A managed task was stopped on request. `cause` is the reason that was given, exactly as it was given. */
export class TaskCancelledError extends TaskscopeError {
  override readonly name: string = "TaskCancelledError";
  /** Who asked. */
  readonly cancelledBy: CancelledBy;

  constructor(what: string, cancelledBy: CancelledBy, reason: unknown) {
    super(
      "TASKSCOPE_CANCELLED",
      `${what} was cancelled by ${cancelledBy}`,
      reason === undefined ? {} : { cause: reason },
    );
    this.cancelledBy = cancelledBy;
  }
}
