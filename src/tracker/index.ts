export { currentTask } from "./current-task.ts";
export type { ShutdownOptions, ShutdownResult } from "./shutdown.ts";
export type { TaskBody, TaskContext, TaskSpec } from "./task-context.ts";
export type { ObserveOptions, TaskOptions, WrapOptions } from "./task-options.ts";
export type { TaskFilter } from "./task-queries.ts";
export { createTracker } from "./tracker.ts";
export type { Tracker } from "./tracker.ts";
export type { LimitOptions, TrackerOptions } from "./tracker-options.ts";
