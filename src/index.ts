export {
  errorCodes,
  InvalidOptionError,
  TaskCancelledError,
  TaskRejectedError,
  TaskscopeError,
  TaskTimeoutError,
  TrackerClosedError,
} from "./errors/index.ts";
export type { CancelledBy, ErrorCode, RejectionReason } from "./errors/index.ts";
export type { Clock, ClockTimer, Diag } from "./internal/index.ts";
export { version } from "./internal/index.ts";
export { metricFamilies } from "./plugin/index.ts";
export type {
  AroundAttemptHook,
  EndHook,
  HookEnd,
  HookTask,
  MetricFamily,
  MetricSample,
  Plugin,
  PluginContext,
  TaskCarrier,
  TaskHook,
  TaskSlot,
  Teardown,
  TracePolicy,
} from "./plugin/index.ts";
export type { RetentionOptions, ShutdownPolicy, TypePolicy } from "./policy/index.ts";
export type {
  HistogramSnapshot,
  SeriesSnapshot,
  StatsSnapshot,
  TaskCounts,
  TrackerStats,
} from "./stats/index.ts";
export type {
  Attributes,
  AttributeValue,
  CancelledOutcome,
  CompletedOutcome,
  FailedOutcome,
  LiveState,
  Outcome,
  OutcomeStatus,
  TaskHandle,
  TaskInfo,
  TaskState,
} from "./task/index.ts";
export { createTracker, currentTask } from "./tracker/index.ts";
export type {
  LimitOptions,
  ObserveOptions,
  ShutdownOptions,
  ShutdownResult,
  TaskBody,
  TaskContext,
  TaskFilter,
  TaskOptions,
  TaskSpec,
  Tracker,
  TrackerOptions,
  WrapOptions,
} from "./tracker/index.ts";
