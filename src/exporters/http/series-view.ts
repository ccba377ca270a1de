import { metrics } from "../../metrics/index.ts";
import { histogramQuantile, mergeValues } from "../../plugin/index.ts";
import type { HistogramSnapshot, SeriesSnapshot, StatsSnapshot, TaskCounts } from "../../stats/index.ts";

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

/** The series of all trackers; those of the same type and name are one. */
export function seriesViews(snapshots: readonly StatsSnapshot[]): SeriesView[] {
  const groups = new Map<string, SeriesSnapshot[]>();
  for (const each of snapshots.flatMap(({ series }) => series)) {
    const key = JSON.stringify([each.type, each.name]);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [each]);
    else group.push(each);
  }
  return Array.from(groups.values(), viewOf);
}

function viewOf(group: readonly SeriesSnapshot[]): SeriesView {
  const [{ type, name } = { type: "", name: "" }] = group;
  const add = (key: Exclude<keyof TaskCounts, "rejected"> | "gaveUp"): number =>
    group.reduce((sum, each) => sum + each[key], 0);
  const rejections = sumOf(group.map(({ rejected }) => rejected));
  const starts = group.flatMap(({ oldestStartedAtMs }) => oldestStartedAtMs ?? []);
  const latency = merged(group.map(({ spawnLatency }) => spawnLatency));
  return {
    type,
    name,
    spawned: add("spawned"),
    queued: add("queued"),
    running: add("running"),
    completed: add("completed"),
    failed: add("failed"),
    cancelled: add("cancelled"),
    rejected: Object.values(rejections).reduce((sum, count) => sum + count, 0),
    restarted: add("restarted"),
    gaveUp: add("gaveUp"),
    lost: add("lost"),
    stuck: add("stuck"),
    unresponsive: add("unresponsive"),
    errors: sumOf(group.map(({ errors }) => errors)),
    rejections,
    oldestStartedAtMs: starts.length === 0 ? undefined : Math.min(...starts),
    duration: timesOf(merged(group.flatMap(({ durations }) => Object.values(durations)))),
    spawnLatency: latency === undefined ? undefined : timesOf(latency),
  };
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

function merged(all: readonly (HistogramSnapshot | undefined)[]): HistogramSnapshot | undefined {
  return all.reduce((a, b) => {
    if (a === undefined || b === undefined) return a ?? b;
    const sum = mergeValues(metrics.duration, a, b);
    return typeof sum === "number" ? a : sum;
  }, undefined);
}

function sumOf(maps: readonly ReadonlyMap<string, number>[]): Readonly<Record<string, number>> {
  const sums = Object.create(null) as Record<string, number>;
  for (const map of maps) for (const [key, value] of map) sums[key] = (sums[key] ?? 0) + value;
  return sums;
}
