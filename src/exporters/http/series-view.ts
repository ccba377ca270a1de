import { addHistograms, histogramQuantile } from "../../plugin/index.ts";
import type { HistogramSnapshot, SeriesSnapshot, TaskCounts } from "../../stats/index.ts";

/** The counts of a series, a type, or all. */
export type CountsView = TaskCounts;

/** A histogram as its usual questions: how many, how long in all, and below what most of them stay. */
export interface TimesView {
  readonly count: number;
  readonly sumSeconds: number;
  readonly p50Seconds: number | undefined;
  readonly p95Seconds: number | undefined;
  readonly p99Seconds: number | undefined;
}

/** One of the series of `GET /series`. */
export interface SeriesView extends CountsView {
  readonly type: string;
  readonly name: string;
  readonly gaveUp: number;
  readonly errors: Readonly<Record<string, number>>;
  readonly rejections: Readonly<Record<string, number>>;
  readonly oldestStartedAtMs: number | undefined;
  /** Of ended tasks, whatever the outcome. */
  readonly duration: TimesView;
  /** `undefined` until a managed task of the series started. */
  readonly spawnLatency: TimesView | undefined;
}

/** How a series is shown. */
export function seriesView(series: SeriesSnapshot): SeriesView {
  const { rejected, spawnLatency } = series;
  return {
    type: series.type,
    name: series.name,
    ...countsView(series),
    gaveUp: series.gaveUp,
    errors: recordOf(series.errors),
    rejections: recordOf(rejected),
    oldestStartedAtMs: series.oldestStartedAtMs,
    duration: timesOf(durationOf(series)),
    spawnLatency: spawnLatency === undefined ? undefined : timesOf(spawnLatency),
  };
}

/** The counts of a series alone. */
export function countsView(series: SeriesSnapshot): CountsView {
  let rejected = 0;
  for (const count of series.rejected.values()) rejected += count;
  return {
    spawned: series.spawned,
    queued: series.queued,
    running: series.running,
    completed: series.completed,
    failed: series.failed,
    cancelled: series.cancelled,
    rejected,
    restarted: series.restarted,
    lost: series.lost,
    stuck: series.stuck,
    unresponsive: series.unresponsive,
  };
}

/** How long the ended tasks of a series took, whatever the outcome. */
export function durationOf({ durations }: SeriesSnapshot): HistogramSnapshot | undefined {
  const { completed, failed, cancelled } = durations;
  return [completed, failed, cancelled].reduce((a, b) =>
    a === undefined || b === undefined ? (a ?? b) : addHistograms(a, b),
  );
}

function timesOf(histogram: HistogramSnapshot | undefined): TimesView {
  const quantile = (share: number): number | undefined =>
    histogram === undefined ? undefined : histogramQuantile(histogram, share);
  return {
    count: histogram?.count ?? 0,
    sumSeconds: histogram?.sum ?? 0,
    p50Seconds: quantile(0.5),
    p95Seconds: quantile(0.95),
    p99Seconds: quantile(0.99),
  };
}

/** A map as an object without a prototype, so that whatever a key is, it is only a key. */
export function recordOf(map: ReadonlyMap<string, number>): Readonly<Record<string, number>> {
  const record = Object.create(null) as Record<string, number>;
  for (const [key, value] of map) record[key] = value;
  return record;
}
