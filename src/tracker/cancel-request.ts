import { TaskCancelledError } from "../errors/index.ts";
import type { CancelledBy, TaskTimeoutError } from "../errors/index.ts";
import type { Ending } from "./ending.ts";

/** That a task was told to stop: by whom, why, and the error its signal carries. */
export interface CancelRequest {
  /** `undefined` when its own timeout passed. */
  readonly by: CancelledBy | undefined;
  readonly reason: unknown;
  readonly error: TaskCancelledError | TaskTimeoutError;
}

/**
 * A request to cancel a task, and what the task ends as when it does so. Its error is made when somebody asks for it:
 * of a hundred thousand tasks cancelled at once hardly one is looked at.
 */
export class Cancellation implements CancelRequest, Ending {
  readonly by: CancelledBy;
  readonly reason: unknown;
  readonly #task: { readonly name: string; readonly id: number };
  #error: TaskCancelledError | undefined = undefined;

  /** `isSingle`: one call asked for just this, so the error tells where that stands. */
  constructor(
    task: { readonly name: string; readonly id: number },
    by: CancelledBy,
    reason: unknown,
    isSingle = false,
  ) {
    this.#task = task;
    this.by = by;
    this.reason = reason;
    if (isSingle) this.#error = this.#makeError(true);
  }

  get error(): TaskCancelledError {
    return (this.#error ??= this.#makeError(false));
  }

  get status(): "cancelled" {
    return "cancelled";
  }

  get cancelledBy(): CancelledBy {
    return this.by;
  }

  #makeError(hasStack: boolean): TaskCancelledError {
    const { name, id } = this.#task;
    return new TaskCancelledError(`Task ${JSON.stringify(name)} (${id})`, this.by, this.reason, hasStack);
  }
}

/** Whether a body that rejects with `error` answers to `request`: with the reason, our error, or an `AbortError`. */
export function answersRequest(error: unknown, request: CancelRequest): boolean {
  if (error === request.error || (request.reason !== undefined && error === request.reason)) return true;
  try {
    return error instanceof Error && error.name === "AbortError";
  } catch {
    return false;
  }
}
