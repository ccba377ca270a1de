import { inspect } from "node:util";
import { TaskCancelledError, TaskRejectedError, TaskTimeoutError } from "taskscope";

/** What bodies of the test fail with. */
export class BodyError extends Error {
  override readonly name: string = "BodyError";
}

/** An error, or a reason, in the words of the model. */
export function wordsOf(error: unknown): string {
  if (error === undefined) return "none";
  if (typeof error === "string") return error;
  if (error instanceof BodyError) return `error:${error.message}`;
  if (error instanceof TaskTimeoutError) return `timeout:${error.timeoutMs}`;
  if (error instanceof TaskRejectedError) return `rejected:${error.reason}`;
  if (error instanceof TaskCancelledError) return `cancelled:${error.cancelledBy}:${wordsOf(error.cause)}`;
  if (error instanceof DOMException) return `abort:${error.message}`;
  return `unexpected ${inspect(error, { depth: 0 })}`;
}
