export { durationBounds, spawnLatencyBounds } from "./buckets.ts";
export { metricCatalog, metrics } from "./catalog.ts";
export type { MergeRule, MetricKey, MetricRow } from "./catalog.ts";
