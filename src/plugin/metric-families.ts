import { version } from "../internal/index.ts";
import { metrics } from "../metrics/index.ts";
import type { MetricKey, MetricRow } from "../metrics/index.ts";
import type { HistogramSnapshot, SeriesSnapshot, StatsSnapshot } from "../stats/index.ts";
import { eventLoopsOf } from "./event-loops.ts";
import { addHistograms, mergeNumbers } from "./merge-values.ts";

/** One value of a metric, with its labels. Histogram metrics have a `histogram`, all others a `value`. */
export interface MetricSample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
  readonly histogram: HistogramSnapshot | undefined;
}

/** One metric with all its values at one instant: what every exporter writes in its own format. */
export interface MetricFamily {
  readonly row: MetricRow;
  /** The prefixed name of the instrument in OpenTelemetry. */
  readonly name: string;
  /** The prefixed name in Prometheus. */
  readonly prometheusName: string;
  readonly samples: readonly MetricSample[];
}

/** The value of a metric with a certain set of labels: a histogram for histogram metrics, a number for all others. */
export type MetricValue = number | HistogramSnapshot;

/**
 * Takes one value of a metric. `labels` is the same object for all values of one series; where it lacks the last label of
 * the metric's row, `last` is the value of that.
 */
export type TakeValue = (
  key: MetricKey,
  labels: Readonly<Record<string, string>>,
  value: MetricValue,
  last?: string,
) => void;

/**
 * The numbers of one or several trackers as metric families. Samples of several trackers that have the same labels
 * become one, by the metric's merge rule.
 */
export function metricFamilies(prefix: string, snapshots: readonly StatsSnapshot[]): MetricFamily[] {
  const samples = new Map<MetricKey, Map<string, MetricSample>>();
  const emit: TakeValue = (key, given, value, last) => {
    const lastLabel = metrics[key].labels.at(-1);
    const labels = last === undefined || lastLabel === undefined ? given : { ...given, [lastLabel]: last };
    let ofMetric = samples.get(key);
    if (ofMetric === undefined) samples.set(key, (ofMetric = new Map<string, MetricSample>()));
    const labelKey = JSON.stringify(Object.values(labels));
    const sample =
      typeof value === "number"
        ? { labels, value, histogram: undefined }
        : { labels, value: 0, histogram: value };
    const other = ofMetric.get(labelKey);
    ofMetric.set(labelKey, other === undefined ? sample : mergeSamples(metrics[key], other, sample));
  };
  Array.from(passValues(snapshots, emit));
  return (Object.keys(metrics) as MetricKey[]).map((key) => ({
    row: metrics[key],
    name: `${prefix}_${metrics[key].name}`,
    prometheusName: `${prefix}_${metrics[key].prometheusName}`,
    samples: [...(samples.get(key)?.values() ?? [])],
  }));
}

/**
 * Hands all values of the trackers to `emit`, and pauses after each series: what it hands over is as of the snapshots,
 * however long the pauses are. Of one tracker, a metric comes once with the same labels; those of several are to be merged.
 */
export function* passValues(
  snapshots: readonly StatsSnapshot[],
  emit: TakeValue,
): Generator<undefined, void> {
  for (const snapshot of snapshots) {
    for (const series of snapshot.series) {
      emitSeries(series, emit);
      yield;
    }
    emitTracker(snapshot, emit);
  }
  // The tracker's own last: what members of a cluster report adds up exactly, and then its sum cannot fall when one goes.
  const delays = eventLoopsOf(snapshots)
    .map(({ delay }) => delay)
    .toReversed();
  if (delays.length > 0) emit("loopDelay", {}, delays.reduce(addHistograms));
}

function emitTracker(snapshot: StatsSnapshot, emit: TakeValue): void {
  for (const [type, limit] of snapshot.limits) emit("limit", { task_type: type }, limit);
  for (const [type, ms] of snapshot.expectedMs) emit("expectedDuration", { task_type: type }, ms / 1_000);
  for (const [state, count] of Object.entries(snapshot.trackerTasks)) emit("trackerTasks", { state }, count);
  for (const [plugin, count] of snapshot.pluginErrors) emit("pluginErrors", { plugin }, count);
  for (const [group, count] of snapshot.groupFailures) emit("groupFailures", { group }, count);
  for (const [subscriber, count] of snapshot.eventsDropped) emit("eventsDropped", { subscriber }, count);
  emit("memory", {}, snapshot.memoryBytes);
  emit("cleanup", {}, snapshot.cleanups);
  emit("seriesOverflow", {}, snapshot.seriesOverflow);
  emit("buildInfo", { version }, 1);
  for (const { metric, labels, value } of snapshot.contributed) emit(metric, labels, value);
}

function emitSeries(series: SeriesSnapshot, emit: TakeValue): void {
  const labels = { task_type: series.type, task_name: series.name };
  emit("spawned", labels, series.spawned);
  emit("completed", labels, series.completed);
  emit("failed", labels, series.failed);
  emit("cancelled", labels, series.cancelled);
  emit("running", labels, series.running);
  emit("queued", labels, series.queued);
  emit("unresponsive", labels, series.unresponsive);
  emit("restarts", labels, series.restarted);
  emit("giveUps", labels, series.gaveUp);
  emit("lost", labels, series.lost);
  emit("stuck", labels, series.stuck);
  for (const [errorType, count] of series.errors) emit("errors", labels, count, errorType);
  for (const [reason, count] of series.rejected) emit("rejected", labels, count, reason);
  if (series.oldestStartedAtMs !== undefined) emit("oldestStart", labels, series.oldestStartedAtMs / 1_000);
  if (series.spawnLatency !== undefined) emit("spawnLatency", labels, series.spawnLatency);
  for (const [outcome, histogram] of Object.entries(series.durations)) {
    if (histogram !== undefined) emit("duration", labels, histogram, outcome);
  }
}

function mergeSamples(row: MetricRow, a: MetricSample, b: MetricSample): MetricSample {
  const merged = mergeValues(row, a.histogram ?? a.value, b.histogram ?? b.value);
  return typeof merged === "number" ? { ...a, value: merged } : { ...a, histogram: merged };
}

/** Two values of one metric and the same labels, from two trackers, as one. */
export function mergeValues(row: MetricRow, a: MetricValue, b: MetricValue): MetricValue {
  if (typeof a !== "number") return typeof b === "number" ? a : addHistograms(a, b);
  if (typeof b !== "number") return b;
  return mergeNumbers(row.merge, a, b);
}
