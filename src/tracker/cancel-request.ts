import { TaskCancelledError } from "../errors/index.ts";
import type { CancelledBy, TaskTimeoutError } from "../errors/index.ts";

/** That a task was told to stop: by whom, why, and the error its signal carries. */
export interface CancelRequest {
  /** `undefined` when its own timeout passed. */
  readonly by: CancelledBy | undefined;
  readonly reason: unknown;
  readonly error: TaskCancelledError | TaskTimeoutError;
}

/** A request to cancel. `what` names the task in the error's message. */
export function cancelRequest(what: string, by: CancelledBy, reason: unknown): CancelRequest {
  return { by, reason, error: new TaskCancelledError(what, by, reason) };
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
