import type { TaskOptions } from "./task-options.ts";

/**
 * What happens to a run that is due while the one before goes on: it is left out (`"skip"`), it waits for its turn (one at
 * the most, further ones are left out: `"queue"`), or it starts beside the other (`"allow"`).
 */
export type OverlapPolicy = "skip" | "queue" | "allow";

/** Options of `tracker.every`: when to run, and those of each run. */
export interface PeriodicOptions extends Omit<TaskOptions, "detached" | "parent"> {
  readonly name: string;
  /** From one start to the next, in milliseconds: a finite number above 0. */
  readonly intervalMs: number;
  /** Default `"skip"`. */
  readonly overlap?: OverlapPolicy | undefined;
  /** Whether the first run starts at once, not only after one interval (default false). */
  readonly immediate?: boolean | undefined;
}

/**
 * Work that is run again and again. It goes on until it is cancelled, its `signal` is aborted, or its tracker shuts down,
 * and keeps the process running for as long.
 */
export interface Periodic extends AsyncDisposable {
  readonly name: string;
  /** From one start to the next, in milliseconds. */
  readonly intervalMs: number;
  /** How many runs were spawned. */
  readonly runs: number;
  /** How many due runs were left out: overlap, a process that was busy or asleep, or a limit that refused them. */
  readonly skipped: number;
  /** Whether no further run will start. */
  readonly isStopped: boolean;
  /** Starts no further run and cancels those that go on. Gives false when it had stopped before. */
  cancel(reason?: unknown): boolean;
  /** Cancels, and waits until the last run has ended. */
  [Symbol.asyncDispose](): Promise<void>;
}
