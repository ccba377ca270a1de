export type { HistogramSnapshot } from "./histogram.ts";
export { SeriesStats } from "./series-stats.ts";
export { SeriesTable } from "./series-table.ts";
export type { SeriesSnapshot, StatsSnapshot, TaskCounts, TrackerStats } from "./snapshot.ts";
export { summariseSeries } from "./tracker-stats.ts";
