import { runningTask } from "../plugin/index.ts";
import { contextOf } from "./running-context.ts";
import type { TaskContext } from "./task-context.ts";
import { TaskRecord } from "./task-record.ts";

/**
 * The context of the task that the calling code runs in, wrapped ones included; `undefined` outside any task, and
 * in tasks of trackers made with `context: false`. With several trackers it is the innermost task.
 */
export function currentTask(): TaskContext | undefined {
  const task = runningTask();
  return task instanceof TaskRecord ? contextOf(task) : undefined;
}
