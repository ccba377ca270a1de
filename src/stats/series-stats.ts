import { rejectionReasons } from "../errors/index.ts";
import type { RejectionReason } from "../errors/index.ts";
import { durationBounds, spawnLatencyBounds } from "../metrics/index.ts";
import { OTHER_ERROR_TYPE } from "../task/index.ts";
import type { OutcomeStatus } from "../task/index.ts";
import { Histogram, HistogramBounds } from "./histogram.ts";
import type { SeriesSnapshot } from "./snapshot.ts";

/** How many error types one series tells apart; the rest is counted as `_OTHER`. */
const MAX_ERROR_TYPES = 20;

const latencyBounds = new HistogramBounds(spawnLatencyBounds);
const runningBounds = new HistogramBounds(durationBounds);

/**
 * The numbers of one series, a pair of type and name. Plain fields, written by the tracker at each transition and
 * read by whoever collects. At every instant `spawned = queued + running + completed + failed + cancelled`.
 */
export class SeriesStats {
  readonly type: string;
  readonly name: string;
  spawned = 0;
  queued = 0;
  running = 0;
  completed = 0;
  failed = 0;
  cancelled = 0;
  unresponsive = 0;
  restarted = 0;
  /** Tasks that failed for good although their policy wanted another attempt: the restarts were used up. */
  gaveUp = 0;
  /** Tasks proved unable to end. */
  lost = 0;
  readonly #completedDuration = new Histogram(runningBounds);
  #failedDuration: Histogram | undefined;
  #cancelledDuration: Histogram | undefined;
  #spawnLatency: Histogram | undefined;
  #errors: Map<string, number> | undefined;
  #rejected: Map<RejectionReason, number> | undefined;

  constructor(type: string, name: string) {
    this.type = type;
    this.name = name;
  }

  /** Counts a good end: {@link countEnd} for the hot path. */
  countCompleted(durationMs: number): void {
    this.#completedDuration.observe(durationMs);
    this.completed += 1;
  }

  /**
   * Counts the end of a task that ran, and how long it ran, in milliseconds. The count goes last and is no call: cut
   * short by a stack overflow, this has counted nothing.
   */
  countEnd(status: OutcomeStatus, durationMs: number): void {
    switch (status) {
      case "completed":
        this.countCompleted(durationMs);
        break;
      case "failed":
        (this.#failedDuration ??= new Histogram(runningBounds)).observe(durationMs);
        this.failed += 1;
        break;
      case "cancelled":
        (this.#cancelledDuration ??= new Histogram(runningBounds)).observe(durationMs);
        this.cancelled += 1;
        break;
    }
  }

  /** Counts a failure by its type; beyond {@link MAX_ERROR_TYPES} types of a series it counts as `_OTHER`. */
  countError(errorType: string): void {
    const errors = (this.#errors ??= new Map());
    const label = errors.has(errorType) || errors.size < MAX_ERROR_TYPES ? errorType : OTHER_ERROR_TYPE;
    errors.set(label, (errors.get(label) ?? 0) + 1);
  }

  countRejected(reason: RejectionReason): void {
    const rejected = (this.#rejected ??= new Map());
    rejected.set(reason, (rejected.get(reason) ?? 0) + 1);
  }

  /** Makes the spawn latency histogram exist, at zero, from the first managed spawn on. */
  expectSpawnLatency(): void {
    this.#spawnLatency ??= new Histogram(latencyBounds);
  }

  /** Counts the time from spawn to the first start of a managed task's body, in milliseconds. */
  countSpawnLatency(latencyMs: number): void {
    (this.#spawnLatency ??= new Histogram(latencyBounds)).observe(latencyMs);
  }

  /** Names the trace that shows a duration that {@link countEnd} counted. */
  exemplifyDuration(
    status: OutcomeStatus,
    durationMs: number,
    traceId: string,
    spanId: string,
    atMs: number,
  ): void {
    this.#durationOf(status)?.keepExemplar(durationMs, traceId, spanId, atMs);
  }

  /** Names the trace that shows a latency that {@link countSpawnLatency} counted. */
  exemplifySpawnLatency(latencyMs: number, traceId: string, spanId: string, atMs: number): void {
    this.#spawnLatency?.keepExemplar(latencyMs, traceId, spanId, atMs);
  }

  /** Running tasks that are stuck now: found by looking, by whoever knows the tasks. */
  get stuck(): number {
    return 0;
  }

  get rejected(): number {
    let sum = 0;
    for (const count of this.#rejected?.values() ?? []) sum += count;
    return sum;
  }

  #durationOf(status: OutcomeStatus): Histogram | undefined {
    switch (status) {
      case "completed":
        return this.#completedDuration;
      case "failed":
        return this.#failedDuration;
      case "cancelled":
        return this.#cancelledDuration;
    }
  }

  /** A copy of the numbers. `oldestStartedAtMs`: the wall-clock start of the oldest running task, if one runs. */
  snapshot(oldestStartedAtMs: number | undefined): SeriesSnapshot {
    return {
      type: this.type,
      name: this.name,
      spawned: this.spawned,
      queued: this.queued,
      running: this.running,
      completed: this.completed,
      failed: this.failed,
      cancelled: this.cancelled,
      unresponsive: this.unresponsive,
      restarted: this.restarted,
      gaveUp: this.gaveUp,
      lost: this.lost,
      stuck: this.stuck,
      errors: new Map(this.#errors),
      rejected: new Map(rejectionReasons.map((reason) => [reason, this.#rejected?.get(reason) ?? 0])),
      oldestStartedAtMs,
      spawnLatency: this.#spawnLatency?.snapshot(),
      durations: {
        completed: this.#completedDuration.snapshot(),
        failed: this.#failedDuration?.snapshot(),
        cancelled: this.#cancelledDuration?.snapshot(),
      },
    };
  }
}
