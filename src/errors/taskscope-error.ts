import type { ErrorCode } from "./codes.ts";

/** The base of every error that taskscope makes. What a task's body throws is never wrapped in one. */
export class TaskscopeError extends Error {
  override readonly name: string = "TaskscopeError";
  /** Stable and machine-readable; see {@link ErrorCode}. */
  readonly code: ErrorCode;

  /**
   * `hasStack` false: no stack is taken. For errors made by the thousand, and by timers: where those stand tells nothing,
   * and a stack costs many times what all the rest of a task's end does.
   */
  constructor(code: ErrorCode, message: string, options?: ErrorOptions, hasStack = true) {
    const limit = Error.stackTraceLimit;
    if (!hasStack) limitStacks(0);
    super(message, options);
    if (!hasStack) limitStacks(limit);
    this.code = code;
  }
}

function limitStacks(frames: number): void {
  try {
    Error.stackTraceLimit = frames;
  } catch {
    // Frozen intrinsics: then there is a stack.
  }
}
