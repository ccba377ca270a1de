export type { AdmissionRequest, AdmitHook, Refusal } from "./admission.ts";
export type { ReadMetrics } from "./contributed-metrics.ts";
export type { ReadStats } from "./contributed-stats.ts";
export { sumCounts } from "../stats/index.ts";
export { processWide } from "../internal/index.ts";
export type { EventSubject } from "./event-subject.ts";
export type {
  AroundAttemptHook,
  AttemptEndHook,
  EndHook,
  EventHook,
  HookAttemptEnd,
  HookEnd,
  HookEvent,
  HookTask,
  ReadTrace,
  TaskHook,
  TaskOrigin,
  TracePolicy,
} from "./hooks.ts";
export { mergeSnapshots } from "./merge-snapshots.ts";
export { addHistograms } from "./merge-values.ts";
export { histogramQuantile } from "./histogram-quantile.ts";
export { mergeValues, metricFamilies, passValues } from "./metric-families.ts";
export type { MetricFamily, MetricSample, MetricValue } from "./metric-families.ts";
export type { PluginContext } from "./plugin-context.ts";
export { PluginHost } from "./plugin-host.ts";
export type { TrackerView } from "./plugin-host.ts";
export type { Plugin, Teardown } from "./plugin.ts";
export { processKey, runningTask } from "./running-task.ts";
export type { TaskStores } from "./running-task.ts";
export type { TaskCarrier } from "./task-carrier.ts";
export { comparePlaces, taskOrders } from "./task-control.ts";
export type {
  BoundedForest,
  TaskControl,
  TaskOrder,
  TaskPage,
  TaskPlace,
  TaskQuery,
  TreeBounds,
} from "./task-control.ts";
export type { TaskSlot } from "./task-slot.ts";
