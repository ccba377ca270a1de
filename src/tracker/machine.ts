import { InvalidOptionError, readOptions } from "../errors/index.ts";
import type { RejectionReason } from "../errors/index.ts";
import { EventHub } from "../events/index.ts";
import { DeadlineQueue, NamedCounts, WallClock } from "../internal/index.ts";
import type { Clock, Diag } from "../internal/index.ts";
import { OTHER_NAME } from "../metrics/index.ts";
import { PluginHost } from "../plugin/index.ts";
import type { TaskOrigin } from "../plugin/index.ts";
import { Admission, defaultPolicy, readTypePolicies } from "../policy/index.ts";
import type { AdmissionLimits, LaneLimits, ResolvedTypePolicy } from "../policy/index.ts";
import { SeriesTable } from "../stats/index.ts";
import type { StatsSnapshot } from "../stats/index.ts";
import type { TaskHandle } from "../task/index.ts";
import { admit, announce } from "./admit.ts";
import type { Attempt, ManagedBody } from "./attempt.ts";
import type { Ending } from "./ending.ts";
import { FinishedTasks } from "./finished-tasks.ts";
import { KeyTable } from "./key-table.ts";
import { attemptEnd, Lifecycle } from "./lifecycle.ts";
import { LoopWatch } from "./loop-watch.ts";
import { ManagedIndex } from "./managed-index.ts";
import type { ManagedTask, TaskSupervisor } from "./managed-task.ts";
import type { PlaceInLine } from "./place-in-line.ts";
import { estimateMemoryBytes } from "./memory-estimate.ts";
import { processSlot } from "./process-slot.ts";
import { handleOf } from "./record-handle.ts";
import { SettleWatch } from "./settle-watch.ts";
import { SignalHub } from "./signal-hub.ts";
import { Surroundings } from "./surroundings.ts";
import { publishRejected, publishRestarting } from "./task-events.ts";
import { TaskRecord } from "./task-record.ts";
import { announceLost, countStuck } from "./stuck.ts";
import { TaskSeries } from "./task-series.ts";
import { TaskWatch } from "./task-watch.ts";
import type { WatchedSeries } from "./task-series.ts";
import { SpecReader } from "./task-spec.ts";
import type { ManagedSpec } from "./task-spec.ts";
import { readLiveLimits } from "./tracker-options.ts";
import type { ResolvedOptions } from "./tracker-options.ts";

/** The parts of one tracker, put together; and the one way in for managed tasks. */
export class Machine {
  readonly clock: Clock;
  readonly diag: Diag;
  readonly wallClock: WallClock;
  readonly host: PluginHost;
  readonly events: EventHub;
  readonly surroundings: Surroundings;
  readonly loop: LoopWatch;
  readonly deadlines: DeadlineQueue;
  readonly finished: FinishedTasks;
  readonly lifecycle: Lifecycle;
  readonly series: SeriesTable<TaskSeries<TaskRecord>>;
  readonly specs: SpecReader;
  readonly watch: TaskWatch;
  readonly signals: SignalHub = new SignalHub();
  readonly settleWatch: SettleWatch;
  /** Attempts that are over while their body goes on. */
  readonly lateBodies: Set<Attempt> = new Set();
  readonly keptDeadlines: DeadlineQueue;
  readonly admission: Admission;
  readonly keys: KeyTable<PlaceInLine> = new KeyTable();
  readonly policies: Map<string, ResolvedTypePolicy>;
  limits: AdmissionLimits;
  /** Bodies that go on beyond their grace. */
  unresponsive = 0;
  readonly managed: ManagedIndex = new ManagedIndex(() => this.live());
  /** How often groups failed, by name. */
  readonly groupFailures: NamedCounts = new NamedCounts(100, OTHER_NAME);
  /** What starts tasks by the clock; stopped first at shutdown. */
  readonly periodics: Set<{ stop(): void }> = new Set();
  /** From the start of shutdown on, new managed roots are refused. */
  isClosing = false;
  /** Called when a late body has settled; set by shutdown. */
  onBodySettledLate: (() => void) | undefined;

  constructor({ clock, diag, context, retention, maxSeries, policies, limits, watchMs }: ResolvedOptions) {
    this.watch = new TaskWatch(this, watchMs);
    this.policies = policies;
    this.limits = limits;
    this.clock = clock;
    this.diag = diag;
    this.wallClock = new WallClock(clock);
    this.settleWatch = new SettleWatch(clock);
    this.host = new PluginHost(clock, diag);
    this.surroundings = new Surroundings(this.host, context);
    this.events = new EventHub(
      clock,
      this.wallClock,
      diag,
      (body) => this.surroundings.runOutside(body),
      (task) => (task instanceof TaskRecord ? this.host.traceOf(task) : undefined),
    );
    this.loop = new LoopWatch(clock, (body) => this.surroundings.runOutside(body));
    this.deadlines = new DeadlineQueue(clock, (body) => this.surroundings.runOutside(body), false);
    this.keptDeadlines = new DeadlineQueue(clock, (body) => this.surroundings.runOutside(body), true);
    this.admission = new Admission(clock, this.keptDeadlines, limits, (lane) => this.#limitsOf(lane));
    this.finished = new FinishedTasks(clock, this.deadlines, retention);
    this.lifecycle = new Lifecycle(processSlot(), clock, this.host, this.events, this.finished, context);
    this.series = new SeriesTable(
      maxSeries,
      (type, name) => {
        this.watch.start();
        return new TaskSeries<TaskRecord>(type, name, this);
      },
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
    const task = admit(this, spec, body, namedParent);
    if (task instanceof TaskRecord) return handleOf(task).result;
    const promise = task.call();
    announce(this, task, spec);
    task.start();
    return promise;
  }

  /** Starts a managed task in a microtask of its own, in the async context of this call. Throws if it is refused. */
  spawn(given: unknown, body: unknown, namedParent?: TaskRecord, origin?: TaskOrigin): TaskHandle {
    const spec = this.specs.managed(given);
    const task = admit(this, spec, checkBody(body), namedParent);
    if (task instanceof TaskRecord) return handleOf(task);
    const handle = handleOf(task.record);
    if (origin !== undefined) task.record.needDetails().origin = origin;
    announce(this, task, spec);
    task.startSoon();
    return handle;
  }

  /** {@link spawn}, for a member of a group: a root, whose restarts the group decides with it. */
  spawnSupervised(
    given: unknown,
    body: unknown,
    supervisor: TaskSupervisor,
  ): { readonly handle: TaskHandle; readonly task: ManagedTask } {
    const spec = this.specs.managedRoot(given);
    if (spec.onDuplicate === "drop") {
      throw new InvalidOptionError(
        "onDuplicate",
        "drop",
        "no drop in a group: a member is a task of its own",
      );
    }
    const task = admit(this, spec, checkBody(body), undefined, supervisor) as ManagedTask;
    const handle = handleOf(task.record);
    announce(this, task, spec);
    task.startSoon();
    return { handle, task };
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
      memoryBytes: estimateMemoryBytes({
        observed: queued + running - this.lifecycle.managedAlive,
        managed: this.lifecycle.managedAlive,
        finished: this.finished.size,
        finishedRecords: this.finished.records,
        series: series.length,
        events: this.events.waiting,
      }),
      cleanups: this.finished.sweeps,
      eventLoop: this.loop.read(),
      otherLoops: [],
      limits: new Map(
        Array.from(this.policies, ([type, { maxRunning }]) => [type, finiteOrZero(maxRunning)]),
      ),
      pluginErrors: new Map(this.host.errors),
      expectedMs: new Map(
        [...this.policies]
          .filter(([, { expectedMs }]) => expectedMs !== Number.POSITIVE_INFINITY)
          .map(([type, { expectedMs }]) => [type, expectedMs]),
      ),
      groupFailures: this.groupFailures.snapshot(),
      eventsDropped: this.events.dropped,
      seriesOverflow: this.series.overflowed,
      contributed: this.host.readMetrics(),
    };
  }

  /** A live task, or one that is kept after its end. Observed ones are looked for one by one: they must stay cheap. */
  find(id: number): TaskRecord | undefined {
    const managed = this.managed.find(id);
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

  /** Takes new policies and limits; they hold for the next decision. Throws, and changes nothing, if one is bad. */
  configure(given: unknown): void {
    const { types, limits } = readOptions("", given, new Set(["types", "limits"]));
    const newLimits = limits === undefined ? this.limits : readLiveLimits(limits, this.limits);
    const newPolicies = types === undefined ? undefined : readTypePolicies(types, this.policies);
    this.limits = newLimits;
    for (const [type, policy] of newPolicies ?? []) this.policies.set(type, policy);
    // A type that had no limits of its own may have some now: its tasks come under them, those that run too.
    if (newPolicies !== undefined) {
      const moved = Array.from(this.live()).filter(({ managed, type }) => managed && newPolicies.has(type));
      for (const { type, extra } of moved.toSorted((a, b) => a.id - b.id)) extra?.managed?.changeLane(type);
    }
    this.specs.renew();
    this.admission.configure(newLimits, (lane) => this.#limitsOf(lane));
  }

  countStuck(series: WatchedSeries<TaskRecord>): number {
    return countStuck(series, this.policies, this.clock.now());
  }

  countUnresponsive(record: TaskRecord, change: 1 | -1): void {
    this.unresponsive += change;
    record.series.unresponsive += change;
  }

  bodySettledLate(record: TaskRecord): void {
    if (!record.isLive && record.extra?.managed?.bodySettled !== false) record.release();
    this.onBodySettledLate?.();
  }

  restarting(record: TaskRecord, ending: Ending, delayMs: number): void {
    if (this.events.isListening) publishRestarting(this.events, record, ending, delayMs);
    if (!this.host.attemptEndHooks.isEmpty)
      this.host.attemptEnded(record, attemptEnd(record, ending, delayMs));
  }

  gaveUp(record: TaskRecord, restarts: number): void {
    record.series.gaveUp += 1;
    if (this.events.isListening) this.events.publish("gave-up", record, { restarts });
    this.host.event(record, { name: "task.gave_up", attributes: { "task.restarts": restarts } });
  }

  lose(record: TaskRecord): void {
    const error = announceLost(record);
    this.lifecycle.end(record, { status: "failed", error, errorType: "lost" });
  }

  rejected({ observed }: ManagedSpec, reason: RejectionReason): void {
    observed.series.countRejected(reason);
    if (this.events.isListening) publishRejected(this.events, observed, reason);
  }

  #limitsOf(lane: string): LaneLimits {
    return this.policies.get(lane) ?? defaultPolicy;
  }
}

/** A limit as a metric: 0 stands for none. */
function finiteOrZero(limit: number): number {
  return limit === Number.POSITIVE_INFINITY ? 0 : limit;
}

function checkBody(body: unknown): ManagedBody {
  if (typeof body === "function") return body as ManagedBody;
  throw new InvalidOptionError("body", body, "a function");
}
