import { version } from "../internal/index.ts";
import { metrics } from "../metrics/index.ts";
import type { MetricKey, MetricRow } from "../metrics/index.ts";
import type { HistogramSnapshot, SeriesSnapshot, StatsSnapshot } from "../stats/index.ts";

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

type Emit = (
  key: MetricKey,
  labels: Readonly<Record<string, string>>,
  value: number | HistogramSnapshot,
) => void;

/**
 * The numbers of one or several trackers as metric families. Samples of several trackers that have the same labels
 * become one, by the metric's merge rule.
 */
export function metricFamilies(prefix: string, snapshots: readonly StatsSnapshot[]): MetricFamily[] {
  const samples = new Map<MetricKey, Map<string, MetricSample>>();
  const emit: Emit = (key, labels, value) => {
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
  for (const snapshot of snapshots) emitSnapshot(snapshot, emit);
  for (const delay of delaysOfLoops(snapshots)) emit("loopDelay", {}, delay);
  return (Object.keys(metrics) as MetricKey[]).map((key) => ({
    row: metrics[key],
    name: `${prefix}_${metrics[key].name}`,
    prometheusName: `${prefix}_${metrics[key].prometheusName}`,
    samples: [...(samples.get(key)?.values() ?? [])],
  }));
}

function emitSnapshot(snapshot: StatsSnapshot, emit: Emit): void {
  for (const series of snapshot.series) emitSeries(series, emit);
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

/** Trackers of one thread share its event loop: each loop once, by the snapshot that saw most of it. */
function delaysOfLoops(snapshots: readonly StatsSnapshot[]): Iterable<HistogramSnapshot> {
  const delays = new Map<string, HistogramSnapshot>();
  for (const { eventLoop } of snapshots) {
    const other = delays.get(eventLoop.id);
    if (other === undefined || other.count < eventLoop.delay.count) delays.set(eventLoop.id, eventLoop.delay);
  }
  return delays.values();
}

function emitSeries(series: SeriesSnapshot, emit: Emit): void {
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
  for (const [errorType, count] of series.errors) emit("errors", { ...labels, error_type: errorType }, count);
  for (const [reason, count] of series.rejected) emit("rejected", { ...labels, reason }, count);
  if (series.oldestStartedAtMs !== undefined) emit("oldestStart", labels, series.oldestStartedAtMs / 1_000);
  if (series.spawnLatency !== undefined) emit("spawnLatency", labels, series.spawnLatency);
  for (const [outcome, histogram] of Object.entries(series.durations)) {
    if (histogram !== undefined) emit("duration", { ...labels, outcome }, histogram);
  }
}

function mergeSamples(row: MetricRow, a: MetricSample, b: MetricSample): MetricSample {
  if (a.histogram !== undefined && b.histogram !== undefined) {
    return { ...a, histogram: addHistograms(a.histogram, b.histogram) };
  }
  switch (row.merge) {
    case "sum":
      return { ...a, value: a.value + b.value };
    case "min":
      return { ...a, value: Math.min(a.value, b.value) };
    case "max":
      return { ...a, value: Math.max(a.value, b.value) };
  }
}

function addHistograms(a: HistogramSnapshot, b: HistogramSnapshot): HistogramSnapshot {
  return {
    bounds: a.bounds,
    counts: a.counts.map((count, index) => count + (b.counts[index] ?? 0)),
    sum: a.sum + b.sum,
    count: a.count + b.count,
  };
}
