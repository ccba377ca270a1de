import type { Span } from "@opentelemetry/api";
import type { HookEnd, HookTask } from "../../plugin/index.ts";

/** What identifies a task: written at its spawn, and stronger than what users call the same. */
const identity = new Set(["task.id", "task.name", "task.type", "task.parent.id"]);

/** Writes what is known of a task when it is spawned: the user's attributes, and over them what identifies the task. */
export function writeSpawnAttributes(span: Span, task: HookTask): void {
  span.setAttributes(task.attributes);
  span.setAttribute("task.id", task.id);
  span.setAttribute("task.name", task.name);
  span.setAttribute("task.type", task.type);
  if (task.parentId !== undefined) span.setAttribute("task.parent.id", task.parentId);
}

/** Writes what has become known since: the user's attributes as they are now, and how the task ended. */
export function writeEndAttributes(span: Span, task: HookTask, end: HookEnd): void {
  const { attributes } = task;
  for (const key in attributes) {
    const value = attributes[key];
    if (value !== undefined && !isIdentity(task, key)) span.setAttribute(key, value);
  }
  span.setAttribute("task.attempt", task.attempt);
  span.setAttribute("task.outcome", end.status);
  span.setAttribute("task.queue_wait", end.queuedMs / 1_000);
  if (end.errorType !== undefined) span.setAttribute("error.type", end.errorType);
  if (end.cancelledBy !== undefined) span.setAttribute("task.cancelled_by", end.cancelledBy);
}

// A task without a parent has no "task.parent.id", and leaves the name to the user.
function isIdentity(task: HookTask, key: string): boolean {
  return identity.has(key) && (key !== "task.parent.id" || task.parentId !== undefined);
}
