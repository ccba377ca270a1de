export type { Chain, ChainStep } from "./chain.ts";
export { currentTask } from "./current-task.ts";
export { globalTracker } from "./global-tracker.ts";
export type { ManagedFunction } from "./managed-function.ts";
export type { OpenTask } from "./open-task.ts";
export type { OverlapPolicy, Periodic, PeriodicOptions } from "./periodic.ts";
export type { ShutdownOptions, ShutdownResult } from "./shutdown.ts";
export type { ShutdownOnSignalsOptions } from "./shutdown-signals.ts";
export type { TaskBody, TaskContext, TaskSpec } from "./task-context.ts";
export type {
  DuplicatePolicy,
  ManagedWrapOptions,
  ObserveOptions,
  TaskOptions,
  WrapOptions,
} from "./task-options.ts";
export type { TaskPredicate } from "./task-queries.ts";
export type { TaskGroup } from "./task-group.ts";
export type { GroupState } from "./task-group.ts";
export { createTracker } from "./tracker.ts";
export type { Tracker } from "./tracker.ts";
export type { ConfigureOptions, LimitOptions, TrackerOptions } from "./tracker-options.ts";
export type { WhenIdleOptions } from "./when-idle.ts";
