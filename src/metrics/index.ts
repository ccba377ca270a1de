export { cleanupBounds, durationBounds, loopDelayBounds, spawnLatencyBounds } from "./buckets.ts";
export { metricCatalog, metrics, pluginMetricKeys } from "./catalog.ts";
export { OTHER_NAME } from "./other-name.ts";
export type { MergeRule, MetricKey, MetricRow, PluginMetricKey } from "./catalog.ts";
