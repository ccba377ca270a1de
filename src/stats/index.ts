export { EventLoopDelay } from "./event-loop-delay.ts";
export type { EventLoopSnapshot } from "./event-loop-delay.ts";
export { Histogram, HistogramBounds } from "./histogram.ts";
export type { HistogramSnapshot } from "./histogram.ts";
export { SeriesStats } from "./series-stats.ts";
export { NamedCounts } from "./named-counts.ts";
export { OVERFLOW_NAME, SeriesTable } from "./series-table.ts";
export type { MetricReading, SeriesSnapshot, StatsSnapshot, TaskCounts, TrackerStats } from "./snapshot.ts";
export { summariseSeries } from "./tracker-stats.ts";
