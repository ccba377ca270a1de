import type { EventHub } from "../events/index.ts";
import { needStack } from "../internal/index.ts";
import type { Clock } from "../internal/index.ts";
import type { HookAttemptEnd, HookEnd, PluginHost } from "../plugin/index.ts";
import { errorMessageOf, errorTypeOf } from "../task/index.ts";
import type { Ending } from "./ending.ts";
import { releaseFamily } from "./family.ts";
import type { FinishedTasks } from "./finished-tasks.ts";
import type { ProcessSlot } from "./process-slot.ts";
import { publishEnded, publishSpawned, publishStarted } from "./task-events.ts";
import { TaskRecord } from "./task-record.ts";
import type { TaskSeries } from "./task-series.ts";

/**
 * A task that failed where no stack was left to write that down. Made empty, then filled in: a literal that has
 * properties is made by a function of V8 that looks for stack, until it has run some times.
 */
export interface Overdue {
  record: TaskRecord;
  error: unknown;
  next: Overdue | undefined;
}

/** The ending of nearly every task. */
const wellEnded: Ending = { status: "completed" };

/**
 * The only place where a task changes state. Each transition writes the record, the series' numbers and the lists in
 * one piece, and only then publishes its event and calls hooks: whoever looks, at any instant, finds the books balanced.
 * Since user code may call in with hardly any stack left, calls come first and the numbers last, so that an overflow leaves
 * a transition that can be made again.
 */
export class Lifecycle {
  /** Tasks still to be failed: before the books are next written or read. Put here by plain writes, which need no stack. */
  overdue: Overdue | undefined = undefined;
  readonly #slot: ProcessSlot;
  readonly #clock: Clock;
  readonly #host: PluginHost;
  readonly #events: EventHub;
  readonly #finished: FinishedTasks;
  readonly #keepsEnds: boolean;
  #alive = 0;
  #managedAlive = 0;
  #idleWaiters: (() => void)[] = [];

  /** `keepsEnds`: whether code may look at a task after its end, as what runs on in its async context may. */
  constructor(
    slot: ProcessSlot,
    clock: Clock,
    host: PluginHost,
    events: EventHub,
    finished: FinishedTasks,
    keepsEnds: boolean,
  ) {
    this.#slot = slot;
    this.#clock = clock;
    this.#host = host;
    this.#events = events;
    this.#finished = finished;
    this.#keepsEnds = keepsEnds;
  }

  /** How many tasks are queued or running. */
  get alive(): number {
    return this.#alive;
  }

  /** How many of these are managed. */
  get managedAlive(): number {
    return this.#managedAlive;
  }

  /** A task that starts in the call that spawns it. */
  begin(series: TaskSeries<TaskRecord>, enclosing: TaskRecord | undefined): TaskRecord {
    if (this.overdue !== undefined) this.endOverdue();
    const record = new TaskRecord(
      this.#slot.nextTaskId++,
      series,
      enclosing === undefined ? 0 : this.#parentNumber(enclosing),
      enclosing,
      "running",
      this.#clock.now(),
    );
    series.runningTasks.append(record);
    this.#alive += 1;
    series.spawned += 1;
    series.running += 1;
    return record;
  }

  /** Tells whoever listens of a task that {@link begin} made. Apart, so that what they read can be put on it in between. */
  announceBegun(record: TaskRecord): void {
    const { spawnHooks, startHooks } = this.#host;
    if (this.#events.hearsBegun) {
      this.announceEnqueued(record);
      this.#announceStarted(record);
      return;
    }
    if (!spawnHooks.isEmpty) {
      this.#host.spawned(record);
      // A hook may have subscribed.
      if (this.#events.hearsBegun) {
        this.#announceStarted(record);
        return;
      }
    }
    if (!startHooks.isEmpty) this.#host.started(record);
  }

  /** A task that starts later, or never. */
  enqueue(series: TaskSeries<TaskRecord>, enclosing: TaskRecord | undefined): TaskRecord {
    const parentNumber = enclosing === undefined ? 0 : this.#parentNumber(enclosing);
    const record = new TaskRecord(this.#slot.nextTaskId++, series, parentNumber, enclosing, "queued", -1);
    record.needExtra().spawnedMs = this.#clock.now();
    series.queuedTasks.append(record);
    this.#alive += 1;
    series.spawned += 1;
    series.queued += 1;
    return record;
  }

  /** Makes a task that {@link enqueue} gave a managed one. */
  manage(record: TaskRecord): void {
    record.needExtra().isManaged = true;
    this.#managedAlive += 1;
  }

  announceEnqueued(record: TaskRecord): void {
    if (this.#events.hears("spawned")) publishSpawned(this.#events, record);
    if (!this.#host.spawnHooks.isEmpty) this.#host.spawned(record);
  }

  /** Queued → running. `countLatency`: whether the wait counts as spawn latency. */
  start(record: TaskRecord, countLatency: boolean): void {
    const { series } = record;
    const nowMs = this.#clock.now();
    if (countLatency) series.countSpawnLatency(nowMs - record.spawnedMs);
    const { extra } = record;
    if (extra?.isManaged === true && ++extra.attempts > 1) series.restarted += 1;
    series.queuedTasks.remove(record);
    series.runningTasks.append(record);
    series.queued -= 1;
    series.running += 1;
    record.startedMs = nowMs;
    record.state = "running";
    this.#announceStarted(record);
  }

  /** Running → queued: an attempt is over, and another one follows. */
  requeue(record: TaskRecord): void {
    const { series } = record;
    record.needExtra().ranMs += this.#clock.now() - record.startedMs;
    series.runningTasks.remove(record);
    series.queuedTasks.append(record);
    series.running -= 1;
    series.queued += 1;
    record.state = "queued";
  }

  /** Running → completed, the short way that nearly every observed task takes. */
  complete(record: TaskRecord): void {
    if (
      record.extra !== undefined ||
      !this.#host.endHooks.isEmpty ||
      this.#events.hearsCompleted ||
      record.state !== "running"
    ) {
      this.end(record, wellEnded);
      return;
    }
    const { series } = record;
    const endedMs = this.#clock.now();
    series.runningTasks.remove(record);
    series.countCompleted(endedMs - record.startedMs);
    series.running -= 1;
    this.#alive -= 1;
    record.state = "completed";
    record.enclosing = undefined;
    record.setEnd(this.#keepsEnds ? endedMs : undefined);
    this.#finished.addPlain(record, endedMs);
    if (this.#alive === 0) this.#wakeIdleWaiters();
  }

  /** Running → ended, or queued → ended without (another) start. Does nothing to a task that has ended: a task ends once. */
  end(record: TaskRecord, ending: Ending): void {
    const { series, extra } = record;
    const { status } = ending;
    const endedMs = ending.endedMs ?? this.#clock.now();
    if (record.state === "running") {
      series.runningTasks.remove(record);
      const ranMs = record.ranMs(endedMs);
      series.countEnd(status, ranMs);
      if (extra?.isManaged === true) extra.ranMs = ranMs;
      series.running -= 1;
    } else if (record.state === "queued") {
      series.queuedTasks.remove(record);
      series.queued -= 1;
      if (record.startedMs < 0) series[status] += 1;
      else series.countEnd(status, record.ranMs(endedMs));
    } else return;
    record.state = status;
    record.setEnd(endedMs);
    this.#alive -= 1;
    if (extra?.isManaged === true) this.#managedAlive -= 1;
    if (status === "failed") this.#noteFailure(record, ending);
    if (status === "completed" && extra !== undefined && extra.attempts === 1 && extra.details === undefined)
      this.#finished.addPlain(record, endedMs, record.spawnedMs);
    else this.#finished.add(record);
    if (this.#events.hears(status)) publishEnded(this.#events, record, ending, timesOf(record));
    if (extra !== undefined || !this.#host.endHooks.isEmpty) this.#finish(record, ending);
    record.enclosing = undefined;
    if (this.#alive === 0) this.#wakeIdleWaiters();
  }

  /** Ends the {@link overdue} tasks. Throws, and leaves the rest, where there is no stack for it here either. */
  endOverdue(): void {
    while (this.overdue !== undefined) {
      needStack("few");
      const { record, error, next } = this.overdue;
      this.overdue = next;
      this.end(record, { status: "failed", error });
    }
  }

  /** Calls `wake` the next time nothing is alive. Gives a function that takes it back. */
  onIdle(wake: () => void): () => void {
    this.#idleWaiters.push(wake);
    return () => {
      this.#idleWaiters = this.#idleWaiters.filter((waiter) => waiter !== wake);
    };
  }

  #announceStarted(record: TaskRecord): void {
    if (this.#events.hears("started")) publishStarted(this.#events, record);
    if (!this.#host.startHooks.isEmpty) this.#host.started(record);
  }

  #noteFailure(record: TaskRecord, ending: Ending): void {
    const errorType = ending.errorType ?? errorTypeOf(ending.error);
    record.series.countError(errorType);
    if (ending.errorType === "lost") record.series.lost += 1;
    const details = record.needDetails();
    details.errorType = errorType;
    details.errorMessage = errorMessageOf(ending.error);
  }

  #finish(record: TaskRecord, ending: Ending): void {
    const { extra } = record;
    if (!this.#host.endHooks.isEmpty) this.#host.ended(record, hookEnd(record, ending));
    if (extra === undefined) {
      record.slots = undefined;
      return;
    }
    if (extra.details?.heartbeatMs !== undefined) record.series.beating?.delete(record);
    if (ending.cancelledBy !== undefined) record.needDetails().cancelledBy = ending.cancelledBy;
    // The value of a promise that only is watched is not known yet.
    if (ending.valueFollows !== true) extra.handle?.settle(ending);
    releaseFamily(record);
    if (extra.managed === undefined || extra.managed.bodySettled) record.release();
  }

  #parentNumber(enclosing: TaskRecord): number {
    for (let task: TaskRecord | undefined = enclosing; task !== undefined; task = task.enclosing) {
      if (task.series.lifecycle === this) return task.id;
    }
    return 0;
  }

  #wakeIdleWaiters(): void {
    const waiters = this.#idleWaiters;
    if (waiters.length === 0) return;
    this.#idleWaiters = [];
    for (const wake of waiters) wake();
  }
}

/** Milliseconds spent running and queued, of an ended task. */
export function timesOf(record: TaskRecord): { durationMs: number; queuedMs: number } {
  const endedMs = record.endedMs ?? record.startedMs;
  const durationMs = record.ranMs(endedMs);
  return { durationMs, queuedMs: endedMs - record.spawnedMs - durationMs };
}

/** The end of an attempt that another one follows, as hooks see it. */
export function attemptEnd(record: TaskRecord, ending: Ending, restartInMs: number): HookAttemptEnd {
  const errorType = ending.status === "failed" ? (ending.errorType ?? errorTypeOf(ending.error)) : undefined;
  return { attempt: record.attempt, status: ending.status, error: ending.error, errorType, restartInMs };
}

function hookEnd(record: TaskRecord, ending: Ending): HookEnd {
  const { durationMs, queuedMs } = timesOf(record);
  // Field by field: a spread costs as much as all the rest of it.
  return {
    status: ending.status,
    error: ending.error,
    errorType: record.details?.errorType,
    cancelledBy: ending.cancelledBy,
    durationMs,
    queuedMs,
  };
}
