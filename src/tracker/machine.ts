import { InvalidOptionError, TrackerClosedError } from "../errors/index.ts";
import { DeadlineQueue, WallClock } from "../internal/index.ts";
import type { Clock, Diag } from "../internal/index.ts";
import { PluginHost } from "../plugin/index.ts";
import { SeriesTable } from "../stats/index.ts";
import type { StatsSnapshot } from "../stats/index.ts";
import type { TaskHandle } from "../task/index.ts";
import { cancelTask } from "./cancel.ts";
import { joinFamily } from "./family.ts";
import { FinishedTasks } from "./finished-tasks.ts";
import { Lifecycle } from "./lifecycle.ts";
import { ManagedTask } from "./managed-task.ts";
import type { ManagedBody } from "./managed-task.ts";
import type { ResolvedOptions } from "./tracker-options.ts";
import { processSlot } from "./process-slot.ts";
import { handleOf } from "./record-handle.ts";
import { SettleWatch } from "./settle-watch.ts";
import { SignalHub } from "./signal-hub.ts";
import { Surroundings } from "./surroundings.ts";
import type { TaskRecord } from "./task-record.ts";
import { TaskSeries } from "./task-series.ts";
import { SpecReader } from "./task-spec.ts";
import type { ManagedSpec } from "./task-spec.ts";

/** The parts of one tracker, put together; and the one way in for managed tasks. */
export class Machine {
  readonly clock: Clock;
  readonly diag: Diag;
  readonly wallClock: WallClock;
  readonly host: PluginHost;
  readonly surroundings: Surroundings;
  readonly deadlines: DeadlineQueue;
  readonly finished: FinishedTasks;
  readonly lifecycle: Lifecycle;
  readonly series: SeriesTable<TaskSeries<TaskRecord>>;
  readonly specs: SpecReader;
  readonly signals: SignalHub = new SignalHub();
  readonly settleWatch: SettleWatch;
  /** Bodies that go on though their task has ended. */
  readonly lateBodies: Set<ManagedTask> = new Set();
  /** Live managed tasks by id. Observed ones are found by looking through the lists: they must stay cheap. */
  readonly managed: Map<number, TaskRecord> = new Map();
  /** From the start of shutdown on, new managed roots are refused. */
  isClosing = false;
  /** Called when a late body has settled; set by shutdown. */
  onBodySettledLate: (() => void) | undefined;

  constructor({ clock, diag, context, retention, maxSeries, policies }: ResolvedOptions) {
    this.clock = clock;
    this.diag = diag;
    this.wallClock = new WallClock(clock);
    this.settleWatch = new SettleWatch(clock);
    this.host = new PluginHost(clock, diag);
    this.surroundings = new Surroundings(this.host, context);
    this.deadlines = new DeadlineQueue(clock, (body) => this.surroundings.runOutside(body), false);
    this.finished = new FinishedTasks(clock, this.deadlines, retention);
    this.lifecycle = new Lifecycle(processSlot(), clock, this.host, this.finished);
    this.series = new SeriesTable(
      maxSeries,
      (type, name) => new TaskSeries<TaskRecord>(type, name, this),
      () =>
        diag.warn(
          `More than ${maxSeries} pairs of task type and name: further names are counted as __other__ (limits.maxSeries)`,
        ),
    );
    this.specs = new SpecReader((type, name) => this.series.resolve(type, name), policies);
  }

  /** Runs a managed task, starting in this call if it can. Rejects with whatever goes wrong; never throws. */
  run(given: unknown, body: unknown, namedParent?: TaskRecord): Promise<unknown> {
    try {
      return this.runSpec(this.specs.managed(given), checkBody(body), namedParent);
    } catch (error) {
      return Promise.reject(error as Error);
    }
  }

  runSpec(spec: ManagedSpec, body: ManagedBody, namedParent?: TaskRecord): Promise<unknown> {
    const task = this.#admit(spec, body, namedParent);
    const promise = task.call();
    this.#settleIn(task, spec);
    task.start();
    return promise;
  }

  /** Starts a managed task in a microtask of its own, in the async context of this call. Throws if it is refused. */
  spawn(given: unknown, body: unknown, namedParent?: TaskRecord): TaskHandle {
    const spec = this.specs.managed(given);
    const task = this.#admit(spec, checkBody(body), namedParent);
    const handle = handleOf(task.record);
    this.#settleIn(task, spec);
    void Promise.resolve().then(() => task.start());
    return handle;
  }

  /** Every number, at this instant. */
  snapshot(): StatsSnapshot {
    this.lifecycle.endOverdue();
    this.wallClock.synchronise();
    let queued = 0;
    let running = 0;
    const series = this.series.all.map((each) => {
      queued += each.queued;
      running += each.running;
      const oldest = each.runningTasks.first;
      return each.snapshot(oldest === undefined ? undefined : this.wallClock.instantMs(oldest.startedMs));
    });
    return {
      series,
      trackerTasks: { queued, running, finished: this.finished.size },
      pluginErrors: new Map(this.host.errors),
      seriesOverflow: this.series.overflowed,
    };
  }

  /** A live task, or one that is kept after its end. */
  find(id: number): TaskRecord | undefined {
    const managed = this.managed.get(id);
    if (managed !== undefined) return managed;
    for (const record of this.live()) if (record.id === id) return record;
    return this.finished.find(id);
  }

  /** Every live task, series by series. */
  *live(): IterableIterator<TaskRecord> {
    this.lifecycle.endOverdue();
    for (const series of this.series.all) {
      yield* series.runningTasks;
      yield* series.queuedTasks;
    }
  }

  /** Makes the record of a managed task, or refuses it. */
  #admit(spec: ManagedSpec, body: ManagedBody, namedParent: TaskRecord | undefined): ManagedTask {
    const named = namedParent ?? spec.parent;
    if (named !== undefined && named.series.tracker !== this) {
      throw new InvalidOptionError("parent", spec.parent, "the handle of a task of the same tracker");
    }
    const enclosing = spec.detached ? undefined : (named ?? this.surroundings.current());
    const { series } = spec.observed;
    if (this.isClosing && !hasLiveTaskOf(this, enclosing)) {
      series.countRejected("closed");
      throw new TrackerClosedError(`Task ${JSON.stringify(spec.observed.name)}`);
    }
    series.expectSpawnLatency();
    const record = this.lifecycle.enqueue(series, enclosing);
    const extra = record.needExtra();
    if (spec.observed.hasDetails) spec.observed.describe(record);
    extra.parentNamed = named !== undefined;
    extra.isManaged = true;
    const task = new ManagedTask(this, record, spec.policy, body, spec.signal);
    extra.managed = task;
    this.managed.set(record.id, record);
    return task;
  }

  /** Ties an admitted task to what may end it. Its hooks hear of it here; it may be cancelled when this returns. */
  #settleIn(task: ManagedTask, { signal }: ManagedSpec): void {
    const { record } = task;
    this.lifecycle.announceEnqueued(record);
    const parent = record.parentTask;
    const parentRequest = parent?.extra?.cancelRequest;
    if (parentRequest !== undefined) cancelTask(record, "parent", parentRequest.error);
    else if (signal?.aborted === true) cancelTask(record, "signal", signal.reason);
    if (!record.isLive) return;
    if (parent !== undefined) joinFamily(record, parent);
    if (signal !== undefined) this.signals.add(signal, record);
  }
}

function hasLiveTaskOf(machine: Machine, enclosing: TaskRecord | undefined): boolean {
  for (let task = enclosing; task !== undefined; task = task.enclosing) {
    if (task.isLive && task.series.tracker === machine) return true;
  }
  return false;
}

function checkBody(body: unknown): ManagedBody {
  if (typeof body === "function") return body as ManagedBody;
  throw new InvalidOptionError("body", body, "a function");
}
