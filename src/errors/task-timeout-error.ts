import { TaskscopeError } from "./taskscope-error.ts";

/**
 * A managed task, a bounded wait or `withTimeout` ran out of time. `timeoutMs` is the bound that passed.
 * Has no stack: it would be that of a timer.
 */
export class TaskTimeoutError extends TaskscopeError {
  override readonly name: string = "TaskTimeoutError";
  /** The bound that passed, in milliseconds. */
  readonly timeoutMs: number;

  constructor(what: string, timeoutMs: number) {
    super("TASKSCOPE_TIMEOUT", `${what} took longer than ${timeoutMs} ms`, undefined, false);
    this.timeoutMs = timeoutMs;
  }
}
