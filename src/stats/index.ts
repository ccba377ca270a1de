export type { HistogramSnapshot } from "./histogram.ts";
export { MAX_ERROR_TYPES, SeriesStats } from "./series-stats.ts";
export { OVERFLOW_NAME, SeriesTable } from "./series-table.ts";
export type { SeriesSnapshot, StatsSnapshot, TaskCounts, TrackerStats } from "./snapshot.ts";
export { summariseSeries } from "./tracker-stats.ts";
