import type { ErrorCode } from "./codes.ts";

/** The base of every error that taskscope makes. What a task's body throws is never wrapped in one. */
export class TaskscopeError extends Error {
  override readonly name: string = "TaskscopeError";
  /** Stable and machine-readable; see {@link ErrorCode}. */
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
