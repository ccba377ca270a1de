import type { RejectionReason } from "../errors/index.ts";
import type { OutcomeStatus } from "../task/index.ts";
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

/** Everything a tracker counts, at one instant. Taking one changes nothing. */
export interface StatsSnapshot {
  readonly series: readonly SeriesSnapshot[];
  /** Entries in the registry; `finished` are those that are kept for a while after their end. */
  readonly trackerTasks: Readonly<Record<"queued" | "running" | "finished", number>>;
  /** Caught throws by plugin. */
  readonly pluginErrors: ReadonlyMap<string, number>;
  /** Tasks counted in an overflow series. */
  readonly seriesOverflow: number;
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
  readonly unresponsive: number;
}

/** What `tracker.stats()` gives. */
export interface TrackerStats {
  readonly total: TaskCounts;
  /** By type. The object has no prototype, so that any type is only a key. */
  readonly byType: Readonly<Record<string, TaskCounts>>;
  readonly bySeries: readonly (TaskCounts & { readonly type: string; readonly name: string })[];
}
