import type { Attributes } from "@opentelemetry/api";
import type { HookEnd, HookTask } from "../../plugin/index.ts";

/** The attributes of a task's span when it is spawned: the user's, and over them what identifies the task. */
export function spawnAttributes(task: HookTask): Attributes {
  const attributes: Attributes = {
    ...task.attributes,
    "task.id": task.id,
    "task.name": task.name,
    "task.type": task.type,
  };
  if (task.parentId !== undefined) attributes["task.parent.id"] = task.parentId;
  return attributes;
}

/** The attributes of a task's span when it has ended: those of the spawn, what was set since, and how it ended. */
export function endAttributes(task: HookTask, end: HookEnd): Attributes {
  const attributes = spawnAttributes(task);
  attributes["task.attempt"] = task.attempt;
  attributes["task.outcome"] = end.status;
  attributes["task.queue_wait"] = end.queuedMs / 1_000;
  if (end.errorType !== undefined) attributes["error.type"] = end.errorType;
  if (end.cancelledBy !== undefined) attributes["task.cancelled_by"] = end.cancelledBy;
  return attributes;
}
