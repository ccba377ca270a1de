import type { Outcome } from "./outcome.ts";
import type { TaskState } from "./task-state.ts";

/**
 * One task, for the code that started it. Ignoring a handle detaches it: nothing is lost, nothing leaks. A handle is
 * not thenable, so returning it from an async function does not wait for the task.
 */
export interface TaskHandle<T = unknown> extends AsyncDisposable {
  /** Unique in the process, increasing in the order of spawning. */
  readonly id: number;
  readonly name: string;
  readonly type: string;
  readonly state: TaskState;
  readonly parentId: number | undefined;
  /** The attempt that runs or ran last, counted from 1; 0 before the first. */
  readonly attempt: number;
  /** Epoch milliseconds. */
  readonly spawnedAtMs: number;
  /** Epoch milliseconds; `undefined` while it has never started. */
  readonly startedAtMs: number | undefined;
  /** Epoch milliseconds; `undefined` while it lives. */
  readonly endedAtMs: number | undefined;
  /**
   * Settles as the task ends: with the value, with the body's own error, or with a `TaskTimeoutError` or
   * `TaskCancelledError`. Never causes an unhandled rejection. A handle that `get` gave out after the end rejects
   * with code `TASKSCOPE_RESULT_DISCARDED`: the tracker does not keep results.
   */
  readonly result: Promise<T>;
  /** How the task ended. Never rejects. */
  readonly outcome: Promise<Outcome<T>>;
  /**
   * Asks the task to stop. A managed task is cancelled at once and its signal aborted; an observed one only has its
   * signal aborted and goes on until its body settles. Gives false when it has ended already.
   */
  cancel(reason?: unknown): boolean;
  /** Cancels the task and waits until it has ended. */
  [Symbol.asyncDispose](): Promise<void>;
}
