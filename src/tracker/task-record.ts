import type { HookTask, TaskOrigin, TracePolicy } from "../plugin/index.ts";
import { noAttributes } from "../task/index.ts";
import type { Attributes, TaskHandle, TaskState } from "../task/index.ts";
import type { ResolvedPolicy } from "../policy/index.ts";
import type { Cancellation, CancelRequest } from "./cancel-request.ts";
import type { Ending } from "./ending.ts";
import type { TaskContext } from "./task-context.ts";
import { StopSignal } from "./stop-signal.ts";
import { TaskDetails } from "./task-details.ts";
import type { TaskSeries } from "./task-series.ts";

/** A handle, as its record sees it. */
export interface SettledHandle extends TaskHandle {
  settle(ending: Ending): void;
}

/** What a queued task waits for. */
export type WaitingFor = "start" | "slot" | "key" | "backoff";

/**
 * What ends only through one object that somebody else holds: a promise, a generator, a handle. `lifeline` is that object
 * while it is held here, and {@link watched} once the garbage collector watches it; after the end it may be a number, which
 * holds nothing. `lose` is called when it was collected: harmless after the end.
 */
export interface Losable {
  lifeline: object | number | undefined;
  lose(): void;
}

/** Stands in for a lifeline that is not held any more. At the end the watch must be called off, for it holds the task. */
export const watched: object = Object.freeze({});

/** What runs a managed task, as its record sees it. */
export interface ManagedPart {
  readonly policy: ResolvedPolicy;
  readonly waitingFor: WaitingFor;
  /** Whether nothing of the body runs any more. */
  readonly bodySettled: boolean;
  /** The attempt that runs, or ran last. */
  readonly attempt: Losable | undefined;
  cancel(request: Cancellation): void;
  /** Puts the task under the limits of another lane. */
  changeLane(lane: string): void;
}

/** What observed tasks seldom need and managed ones do. Made when something asks for it. */
export class TaskExtra {
  /** For tasks that did not start in the call that spawned them. */
  spawnedMs: number | undefined = undefined;
  isManaged = false;
  /** What runs a managed task; let go when its body has settled. */
  managed: ManagedPart | undefined = undefined;
  /** How many attempts of a managed task were started, and how long the ended ones ran, in milliseconds. */
  attempts = 0;
  ranMs = 0;
  handle: SettledHandle | undefined = undefined;
  context: TaskContext | undefined = undefined;
  /** How the body of the attempt that runs learns that it should stop. */
  stop: StopSignal | undefined = undefined;
  /** Live descendants that a cancellation of this task reaches, and the ancestor whose cancellation reaches it. */
  children: Set<TaskRecord> | undefined = undefined;
  owner: TaskRecord | undefined = undefined;
  details: TaskDetails | undefined = undefined;

  /** Lets go of all that an ended task no longer needs, so that keeping it for a while costs little. */
  release(): void {
    this.managed = undefined;
    this.handle = undefined;
    this.context = undefined;
    this.stop = undefined;
    this.children = undefined;
    this.owner = undefined;
    if (this.details !== undefined) this.details.origin = undefined;
  }
}

/**
 * One task in the tracker. Small, because there may be a million: every field is paid for by each running task, and
 * what is rare lives in {@link TaskExtra}. Only the lifecycle writes `state`, the times and the links.
 */
export class TaskRecord implements HookTask, Losable {
  readonly id: number;
  readonly series: TaskSeries<TaskRecord>;
  /** 0 for a root. */
  readonly parentNumber: number;
  /** The task it was started in, of whatever tracker; let go at the end, so that chains of tasks do not pile up. */
  enclosing: TaskRecord | undefined;
  prev: TaskRecord | undefined = undefined;
  next: TaskRecord | undefined = undefined;
  state: TaskState;
  /** When the attempt that runs or ran last started, as a reading of the clock; -1 while there was none. */
  startedMs: number;
  extra: TaskExtra | undefined = undefined;
  /** Values of plugins, by slot number. Not with what is rare: where there are spans, each task has one. */
  slots: unknown[] | undefined = undefined;
  /**
   * While it lives its lifeline, then {@link endedMs}: each field is one more that the collector copies. No accessor writes
   * it: its first call would need stack, where that of a task may be used up.
   */
  lifeline: object | number | undefined = undefined;

  constructor(
    id: number,
    series: TaskSeries<TaskRecord>,
    parentNumber: number,
    enclosing: TaskRecord | undefined,
    state: TaskState,
    startedMs: number,
  ) {
    this.id = id;
    this.series = series;
    this.parentNumber = parentNumber;
    this.enclosing = enclosing;
    this.state = state;
    this.startedMs = startedMs;
  }

  get name(): string {
    return this.details?.name ?? this.series.name;
  }

  get type(): string {
    return this.details?.type ?? this.series.type;
  }

  get managed(): boolean {
    return this.extra?.isManaged ?? false;
  }

  get isLive(): boolean {
    return this.state === "running" || this.state === "queued";
  }

  get parentId(): number | undefined {
    return this.parentNumber === 0 ? undefined : this.parentNumber;
  }

  get parentTask(): TaskRecord | undefined {
    for (let task = this.enclosing; task !== undefined; task = task.enclosing) {
      if (task.id === this.parentNumber) return task;
    }
    return undefined;
  }

  get parentNamed(): boolean {
    return this.details?.parentNamed ?? false;
  }

  get trace(): TracePolicy {
    return this.details?.trace ?? "child";
  }

  get origin(): TaskOrigin | undefined {
    return this.details?.origin;
  }

  get spawnLatencyMs(): number | undefined {
    return this.managed && this.attempt === 1 ? this.startedMs - this.spawnedMs : undefined;
  }

  get attributes(): Attributes {
    return this.details?.attributes ?? noAttributes;
  }

  get attempt(): number {
    if (this.managed) return this.extra?.attempts ?? 0;
    return this.startedMs < 0 ? 0 : 1;
  }

  /** Milliseconds spent running until `nowMs`, over all attempts. */
  ranMs(nowMs: number): number {
    const earlierMs = this.extra?.ranMs ?? 0;
    if (this.state === "running") return earlierMs + nowMs - this.startedMs;
    if (this.managed || this.startedMs < 0) return earlierMs;
    return (this.endedMs ?? nowMs) - this.startedMs;
  }

  get spawnedMs(): number {
    return this.extra?.spawnedMs ?? this.startedMs;
  }

  /** The parts of a task that are made on first use. */
  needExtra(): TaskExtra {
    return (this.extra ??= new TaskExtra());
  }

  get details(): TaskDetails | undefined {
    return this.extra?.details;
  }

  needDetails(): TaskDetails {
    return (this.needExtra().details ??= new TaskDetails());
  }

  /** How the attempt that runs is told to stop. */
  get stop(): StopSignal {
    return (this.needExtra().stop ??= new StopSignal());
  }

  /** The request to stop, if the attempt that runs was told to. */
  get stopRequest(): CancelRequest | undefined {
    return this.extra?.stop?.request;
  }

  /**
   * When the task ended, as a reading of the clock. Not set where nobody can ask: of a completed task without {@link extra},
   * with `context: false`.
   */
  get endedMs(): number | undefined {
    return typeof this.lifeline === "number" ? this.lifeline : undefined;
  }

  /** Notes when the task ended, if anybody is to know, and lets go of what alone could settle it. */
  setEnd(endedMs: number | undefined): void {
    if (this.lifeline === watched) this.series.tracker.watch.forget(this);
    this.lifeline = endedMs;
  }

  /** Ends an observed task that can never end by itself. */
  lose(): void {
    if (this.isLive) this.series.tracker.lose(this);
  }

  /** Lets go of all that an ended task no longer needs. */
  release(): void {
    this.slots = undefined;
    this.extra?.release();
  }

  /** Makes the record ready for another attempt: with a context and a signal of its own. */
  renew(): void {
    const extra = this.needExtra();
    extra.stop = undefined;
    extra.context = undefined;
    if (extra.details !== undefined) extra.details.toldStuck = undefined;
  }
}
