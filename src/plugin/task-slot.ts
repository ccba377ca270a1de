import type { HookTask } from "./hooks.ts";

/** A place on every task for one plugin's value. */
export interface TaskSlot<T> {
  get(task: HookTask): T | undefined;
  set(task: HookTask, value: T): void;
}
