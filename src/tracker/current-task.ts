import { processSlot } from "./process-slot.ts";
import { contextOf } from "./running-context.ts";
import type { TaskContext } from "./task-context.ts";
import { TaskRecord } from "./task-record.ts";

/**
 * The context of the task that the calling code runs in, wrapped ones included; `undefined` outside any task, and
 * in tasks of trackers made with `context: false`. With several trackers it is the innermost task.
 */
export function currentTask(): TaskContext | undefined {
  const slot = processSlot();
  let innermost: unknown = slot.storage?.getStore();
  for (const carrier of slot.carriers) {
    const task = carrier.current();
    if (task !== undefined && (!(innermost instanceof TaskRecord) || task.id > innermost.id))
      innermost = task;
  }
  return innermost instanceof TaskRecord ? contextOf(innermost) : undefined;
}
