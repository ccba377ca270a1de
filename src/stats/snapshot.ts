import type { RejectionReason } from "../errors/index.ts";
import type { PluginMetricKey } from "../metrics/index.ts";
import type { OutcomeStatus } from "../task/index.ts";
import type { EventLoopSnapshot } from "./event-loop-delay.ts";
import type { HistogramSnapshot } from "./histogram.ts";

/** The numbers of one series at one instant. */
export interface SeriesSnapshot {
  readonly type: string;
  readonly name: string;
  readonly spawned: number;
  readonly queued: number;
  readonly running: number;
  readonly completed: number;
  readonly failed: number;
  readonly cancelled: number;
  readonly unresponsive: number;
  /** Attempts after the first. */
  readonly restarted: number;
  /** Tasks that failed for good because their restarts were used up. */
  readonly gaveUp: number;
  /** Tasks proved unable to end; they count as failed too. */
  readonly lost: number;
  /** Running tasks that are older than expected, or silent for too long. */
  readonly stuck: number;
  /** Failures by error type. */
  readonly errors: ReadonlyMap<string, number>;
  /** Refusals by reason; every reason is present. */
  readonly rejected: ReadonlyMap<RejectionReason, number>;
  /** When the oldest running task started, in epoch milliseconds; `undefined` when none runs. */
  readonly oldestStartedAtMs: number | undefined;
  /** `undefined` until a managed task of the series started. */
  readonly spawnLatency: HistogramSnapshot | undefined;
  /** By outcome. `completed` is always there, the others from their first observation on. */
  readonly durations: Readonly<Record<OutcomeStatus, HistogramSnapshot | undefined>>;
}

/** One number that a plugin adds to those of the tracker. */
export interface MetricReading {
  /** Which row of the catalogue it is a value of. */
  readonly metric: PluginMetricKey;
  /** A value for each label of that row, and no more. Bounded in number by whoever contributes. */
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** Everything a tracker counts, at one instant. Taking one changes nothing. */
export interface StatsSnapshot {
  readonly series: readonly SeriesSnapshot[];
  /** Entries in the registry; `finished` are those that are kept for a while after their end. */
  readonly trackerTasks: Readonly<Record<"queued" | "running" | "finished", number>>;
  /** What tracking itself holds on the heap, in bytes, by estimate: right to a factor of two for tasks of the usual kind. */
  readonly memoryBytes: number;
  /** Sweeps of the finished tasks, and how long they took. */
  readonly cleanups: HistogramSnapshot;
  readonly eventLoop: EventLoopSnapshot;
  /** The loops of other threads and processes whose trackers have been added to this one. */
  readonly otherLoops: readonly EventLoopSnapshot[];
  /** Caught throws by plugin. */
  readonly pluginErrors: ReadonlyMap<string, number>;
  /** Events that subscribers were too slow for, by name of subscriber. */
  readonly eventsDropped: ReadonlyMap<string, number>;
  /** How often groups failed because their members needed too many restarts, by name of the group. */
  readonly groupFailures: ReadonlyMap<string, number>;
  /** Running caps by type, of the types that have a policy; 0 stands for none. */
  readonly limits: ReadonlyMap<string, number>;
  /** How long tasks are expected to run at the most, in milliseconds, by type; only of types where that was said. */
  readonly expectedMs: ReadonlyMap<string, number>;
  /** Tasks counted in an overflow series. */
  readonly seriesOverflow: number;
  /** What plugins contributed. */
  readonly contributed: readonly MetricReading[];
}

/** The plain counts of one series, of one type, or of a whole tracker. */
export interface TaskCounts {
  readonly spawned: number;
  readonly queued: number;
  readonly running: number;
  readonly completed: number;
  readonly failed: number;
  readonly cancelled: number;
  readonly rejected: number;
  readonly restarted: number;
  readonly lost: number;
  readonly stuck: number;
  readonly unresponsive: number;
}

/** What `tracker.stats()` gives. */
export interface TrackerStats {
  readonly total: TaskCounts;
  /** By type. The object has no prototype, so that any type is only a key. */
  readonly byType: Readonly<Record<string, TaskCounts>>;
  readonly bySeries: readonly (TaskCounts & { readonly type: string; readonly name: string })[];
}
