import { cleanupBounds, loopDelayBounds, metrics } from "../metrics/index.ts";
import type { MetricKey } from "../metrics/index.ts";
import type { HistogramSnapshot, SeriesSnapshot, StatsSnapshot } from "../stats/index.ts";
import { eventLoopsOf } from "./event-loops.ts";
import { mergeReadings } from "./merge-readings.ts";
import { addHistograms, mergeNumbers } from "./merge-values.ts";

/**
 * The numbers of several trackers as those of one, by the merge rules of the catalogue: series of the same type and name
 * become one, and so do readings of plugins with the same labels. What holds in each of them (the books of every series
 * balance) holds in the sum. Changes none of them.
 */
export function mergeSnapshots(snapshots: readonly StatsSnapshot[]): StatsSnapshot {
  const series = new Map<string, SeriesSnapshot>();
  const trackerTasks = { queued: 0, running: 0, finished: 0 };
  const pluginErrors = new Map<string, number>();
  const eventsDropped = new Map<string, number>();
  const groupFailures = new Map<string, number>();
  const limits = new Map<string, number>();
  const expectedMs = new Map<string, number>();
  let memoryBytes = 0;
  let cleanups = noObservations(cleanupBounds);
  let seriesOverflow = 0;
  for (const snapshot of snapshots) {
    for (const each of snapshot.series) {
      const key = JSON.stringify([each.type, each.name]);
      const other = series.get(key);
      series.set(key, other === undefined ? each : mergeSeries(other, each));
    }
    for (const state of ["queued", "running", "finished"] as const)
      trackerTasks[state] += snapshot.trackerTasks[state];
    mergeInto(pluginErrors, snapshot.pluginErrors, "pluginErrors");
    mergeInto(eventsDropped, snapshot.eventsDropped, "eventsDropped");
    mergeInto(groupFailures, snapshot.groupFailures, "groupFailures");
    memoryBytes = mergeNumbers(metrics.memory.merge, memoryBytes, snapshot.memoryBytes);
    cleanups = addHistograms(cleanups, snapshot.cleanups);
    mergeInto(limits, snapshot.limits, "limit");
    mergeInto(expectedMs, snapshot.expectedMs, "expectedDuration");
    seriesOverflow += snapshot.seriesOverflow;
  }
  const [eventLoop = { id: "", delay: noObservations(loopDelayBounds) }, ...otherLoops] =
    eventLoopsOf(snapshots);
  return {
    series: [...series.values()],
    trackerTasks,
    memoryBytes,
    cleanups,
    eventLoop,
    otherLoops,
    groupFailures,
    pluginErrors,
    eventsDropped,
    limits,
    expectedMs,
    seriesOverflow,
    contributed: mergeReadings(snapshots.flatMap(({ contributed }) => contributed)),
  };
}

/** A histogram that has counted nothing yet. */
function noObservations(bounds: readonly number[]): HistogramSnapshot {
  return {
    bounds,
    counts: Array.from({ length: bounds.length + 1 }, () => 0),
    sum: 0,
    count: 0,
    exemplars: undefined,
  };
}

function mergeSeries(a: SeriesSnapshot, b: SeriesSnapshot): SeriesSnapshot {
  const merged = (key: MetricKey, ofA: number, ofB: number): number =>
    mergeNumbers(metrics[key].merge, ofA, ofB);
  return {
    type: a.type,
    name: a.name,
    spawned: merged("spawned", a.spawned, b.spawned),
    queued: merged("queued", a.queued, b.queued),
    running: merged("running", a.running, b.running),
    completed: merged("completed", a.completed, b.completed),
    failed: merged("failed", a.failed, b.failed),
    cancelled: merged("cancelled", a.cancelled, b.cancelled),
    unresponsive: merged("unresponsive", a.unresponsive, b.unresponsive),
    restarted: merged("restarts", a.restarted, b.restarted),
    gaveUp: merged("giveUps", a.gaveUp, b.gaveUp),
    lost: merged("lost", a.lost, b.lost),
    stuck: merged("stuck", a.stuck, b.stuck),
    errors: mergeMaps(a.errors, b.errors, "errors"),
    rejected: mergeMaps(a.rejected, b.rejected, "rejected"),
    oldestStartedAtMs: either(a.oldestStartedAtMs, b.oldestStartedAtMs, (ofA, ofB) =>
      merged("oldestStart", ofA, ofB),
    ),
    spawnLatency: either(a.spawnLatency, b.spawnLatency, addHistograms),
    durations: {
      completed: eitherHistogram(a, b, "completed"),
      failed: eitherHistogram(a, b, "failed"),
      cancelled: eitherHistogram(a, b, "cancelled"),
    },
  };
}

function eitherHistogram(
  a: SeriesSnapshot,
  b: SeriesSnapshot,
  outcome: keyof SeriesSnapshot["durations"],
): HistogramSnapshot | undefined {
  return either(a.durations[outcome], b.durations[outcome], addHistograms);
}

function either<T>(a: T | undefined, b: T | undefined, merge: (a: T, b: T) => T): T | undefined {
  if (a === undefined) return b;
  return b === undefined ? a : merge(a, b);
}

function mergeMaps<K>(
  a: ReadonlyMap<K, number>,
  b: ReadonlyMap<K, number>,
  key: MetricKey,
): ReadonlyMap<K, number> {
  const merged = new Map(a);
  mergeInto(merged, b, key);
  return merged;
}

function mergeInto<K>(target: Map<K, number>, source: ReadonlyMap<K, number>, key: MetricKey): void {
  const { merge } = metrics[key];
  for (const [label, value] of source) {
    const other = target.get(label);
    target.set(label, other === undefined ? value : mergeNumbers(merge, other, value));
  }
}
