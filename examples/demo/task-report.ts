import type { HistogramSnapshot, SeriesSnapshot } from "taskscope";
import { quantile } from "./quantile.ts";

/** What happened to the tasks of one type, or of one type and name. */
export interface ReportRow {
  readonly type: string;
  readonly name: string;
  readonly spawned: number;
  readonly queued: number;
  readonly running: number;
  readonly completed: number;
  readonly failed: number;
  readonly cancelled: number;
  /** How long 95 % of the ended tasks took at most, in seconds; `undefined` when none has ended. */
  readonly p95Seconds: number | undefined;
}

function histogramsOf({ durations }: SeriesSnapshot): HistogramSnapshot[] {
  return [durations.completed, durations.failed, durations.cancelled].filter(
    (histogram) => histogram !== undefined,
  );
}

function rowOf(type: string, name: string, series: readonly SeriesSnapshot[]): ReportRow {
  const sum = (read: (one: SeriesSnapshot) => number): number =>
    series.reduce((total, one) => total + read(one), 0);
  return {
    type,
    name,
    spawned: sum((one) => one.spawned),
    queued: sum((one) => one.queued),
    running: sum((one) => one.running),
    completed: sum((one) => one.completed),
    failed: sum((one) => one.failed),
    cancelled: sum((one) => one.cancelled),
    p95Seconds: quantile(0.95, series.flatMap(histogramsOf)),
  };
}

/** One row per type, in alphabetical order. */
export function reportByType(series: readonly SeriesSnapshot[]): ReportRow[] {
  const types = [...new Set(series.map((one) => one.type))].sort();
  return types.map((type) =>
    rowOf(
      type,
      "",
      series.filter((one) => one.type === type),
    ),
  );
}

/** One row per type and name, in alphabetical order. */
export function reportBySeries(series: readonly SeriesSnapshot[]): ReportRow[] {
  const rows = series.map((one) => rowOf(one.type, one.name, [one]));
  return rows.sort((a, b) => a.type.localeCompare(b.type) || a.name.localeCompare(b.name));
}

/** All of them in one row. */
export function reportTotal(series: readonly SeriesSnapshot[]): ReportRow {
  return rowOf("total", "", series);
}
