import type { HookTask } from "./hooks.ts";

/**
 * Carries the current task through asynchronous code. A tracker has at most one, fixed when its plugins are set up.
 * Neither function may throw of its own accord.
 */
export interface TaskCarrier {
  /** The task that the running code belongs to, if any; whatever was given to `run`. */
  current(): HookTask | undefined;
  /** Calls `runBody` once, synchronously, with `task` current in it and in all that it starts. */
  run(task: HookTask, runBody: () => void): void;
}
