import { TaskscopeError } from "./taskscope-error.ts";

/** A managed task, a bounded wait or `withTimeout` ran out of time. `timeoutMs` is the bound that passed. */
export class TaskTimeoutError extends TaskscopeError {
  override readonly name: string = "TaskTimeoutError";
  /** The bound that passed, in milliseconds. */
  readonly timeoutMs: number;

  constructor(what: string, timeoutMs: number) {
    super("TASKSCOPE_TIMEOUT", `${what} took longer than ${timeoutMs} ms`);
    this.timeoutMs = timeoutMs;
  }
}
