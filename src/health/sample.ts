import { OTHER_NAME } from "../metrics/index.ts";
import type { StatsSnapshot } from "../stats/index.ts";

/** What the rules look at, of one type, at one instant. Counters count from the beginning of the tracker. */
export interface TypeSample {
  spawned: number;
  completed: number;
  failed: number;
  cancelled: number;
  running: number;
  queued: number;
  stuck: number;
  unresponsive: number;
  restarted: number;
  lost: number;
  /** Refusals that are no duplicates, and not because of a shutdown. */
  refused: number;
  /** Seconds that ended tasks ran. */
  durationSeconds: number;
  /** When the oldest running task started, in epoch milliseconds; `Infinity` when none runs. */
  oldestStartedAtMs: number;
  /** The running cap; 0 for none. */
  limit: number;
  /** Whether it was said how long tasks of the type are expected to run. */
  isExpected: boolean;
}

/** Observations by bucket. */
export interface LoopDelays {
  readonly bounds: readonly number[];
  readonly counts: readonly number[];
}

/** All that the rules look at, at one instant. */
export interface Sample {
  /** A reading of the monotonic clock. */
  readonly atMs: number;
  readonly epochMs: number;
  readonly types: ReadonlyMap<string, TypeSample>;
  /** How late each event loop was with timers, in buckets, by the loop's id. */
  readonly loops: ReadonlyMap<string, LoopDelays>;
  /** Telemetry that was lost, by what it was. */
  readonly losses: ReadonlyMap<string, number>;
}

/** More types than this are looked at together, under this name. */
const MAX_TYPES = 100;

/** Adds up the numbers of a snapshot by type. */
export function takeSample(
  snapshot: StatsSnapshot,
  now: { readonly atMs: number; readonly epochMs: number },
): Sample {
  const types = new Map<string, TypeSample>();
  for (const series of snapshot.series) addSeries(sampleOf(types, series.type), series);
  for (const [type, limit] of snapshot.limits) if (types.has(type)) sampleOf(types, type).limit = limit;
  for (const type of snapshot.expectedMs.keys()) if (types.has(type)) sampleOf(types, type).isExpected = true;
  return {
    ...now,
    types,
    losses: new Map([
      ["events dropped", sumOf(snapshot.eventsDropped)],
      ["plugin errors", sumOf(snapshot.pluginErrors)],
      ["tasks without a series", snapshot.seriesOverflow],
    ]),
    loops: new Map([snapshot.eventLoop, ...snapshot.otherLoops].map(({ id, delay }) => [id, delay])),
  };
}

function sumOf(counts: ReadonlyMap<string, number>): number {
  return [...counts.values()].reduce((sum, count) => sum + count, 0);
}

function sampleOf(types: Map<string, TypeSample>, type: string): TypeSample {
  const name = types.has(type) || types.size < MAX_TYPES ? type : OTHER_NAME;
  let sample = types.get(name);
  if (sample === undefined) types.set(name, (sample = emptySample()));
  return sample;
}

/** A type of which nothing is known yet: its counters are 0, as those of all are in the beginning. */
export function emptySample(): TypeSample {
  return {
    spawned: 0,
    completed: 0,
    failed: 0,
    cancelled: 0,
    running: 0,
    queued: 0,
    stuck: 0,
    unresponsive: 0,
    restarted: 0,
    lost: 0,
    refused: 0,
    durationSeconds: 0,
    oldestStartedAtMs: Number.POSITIVE_INFINITY,
    limit: 0,
    isExpected: false,
  };
}

function addSeries(sample: TypeSample, series: StatsSnapshot["series"][number]): void {
  sample.spawned += series.spawned;
  sample.completed += series.completed;
  sample.failed += series.failed;
  sample.cancelled += series.cancelled;
  sample.running += series.running;
  sample.queued += series.queued;
  sample.stuck += series.stuck;
  sample.unresponsive += series.unresponsive;
  sample.restarted += series.restarted;
  sample.lost += series.lost;
  for (const [reason, count] of series.rejected)
    if (reason !== "duplicate" && reason !== "closed") sample.refused += count;
  for (const duration of Object.values(series.durations)) sample.durationSeconds += duration?.sum ?? 0;
  sample.oldestStartedAtMs = Math.min(
    sample.oldestStartedAtMs,
    series.oldestStartedAtMs ?? Number.POSITIVE_INFINITY,
  );
}
