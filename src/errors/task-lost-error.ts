import { TaskscopeError } from "./taskscope-error.ts";

/**
 * A task can never end: what alone could settle it was garbage-collected. Has no stack: it would be that of the collector.
 */
export class TaskLostError extends TaskscopeError {
  override readonly name: string = "TaskLostError";

  constructor(what: string) {
    super(
      "TASKSCOPE_LOST",
      `${what} can never end: nothing that could settle it is reachable any more`,
      undefined,
      false,
    );
  }
}
