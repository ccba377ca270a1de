export { durationBounds, spawnLatencyBounds } from "./buckets.ts";
export { metricCatalog, metrics } from "./catalog.ts";
export type { MetricKey, MetricRow } from "./catalog.ts";
