import type { CancelledBy } from "../errors/index.ts";
import type { HookTask, TracePolicy } from "../plugin/index.ts";
import { noAttributes } from "../task/index.ts";
import type { Attributes, AttributeValue, TaskHandle, TaskState } from "../task/index.ts";
import type { ResolvedPolicy } from "../policy/index.ts";
import type { CancelRequest } from "./cancel-request.ts";
import type { Ending } from "./ending.ts";
import type { TaskContext } from "./task-context.ts";
import type { TaskSeries } from "./task-series.ts";

/** A handle, as its record sees it. */
export interface SettledHandle extends TaskHandle {
  settle(ending: Ending): void;
}

/** What runs a managed task, as its record sees it. */
export interface ManagedPart {
  readonly policy: ResolvedPolicy;
  /** Whether nothing of the body runs any more. */
  readonly bodySettled: boolean;
  cancel(request: CancelRequest): void;
}

/** What most tasks never need. Made when something asks for it. */
export class TaskExtra {
  /** The true name and type, where the series is an overflow series. */
  name: string | undefined;
  type: string | undefined;
  /** For tasks that did not start in the call that spawned them. */
  spawnedMs: number | undefined;
  attributes: Record<string, AttributeValue> | undefined;
  trace: TracePolicy = "child";
  parentNamed = false;
  /** Values of plugins, by slot number. */
  slots: unknown[] | undefined;
  /** Live descendants that a cancellation of this task reaches, and the ancestor whose cancellation reaches it. */
  children: Set<TaskRecord> | undefined;
  owner: TaskRecord | undefined;
  controller: AbortController | undefined;
  cancelRequest: CancelRequest | undefined;
  handle: SettledHandle | undefined;
  context: TaskContext | undefined;
  /** What runs a managed task; let go when its body has settled. */
  managed: ManagedPart | undefined;
  isManaged = false;
  cancelledBy: CancelledBy | undefined;
  errorType: string | undefined;
  errorMessage: string | undefined;

  /** Lets go of all that an ended task no longer needs, so that keeping it for a while costs little. */
  release(): void {
    this.slots = undefined;
    this.children = undefined;
    this.owner = undefined;
    this.controller = undefined;
    this.cancelRequest = undefined;
    this.handle = undefined;
    this.context = undefined;
    this.managed = undefined;
  }
}

/**
 * One task in the tracker. Small, because there may be a million: every field is paid for by each running task, and
 * what is rare lives in {@link TaskExtra}. Only the lifecycle writes `state`, the times and the links.
 */
export class TaskRecord implements HookTask {
  readonly id: number;
  readonly series: TaskSeries<TaskRecord>;
  /** 0 for a root. */
  readonly parentNumber: number;
  /** The task it was started in, of whatever tracker; let go at the end, so that chains of tasks do not pile up. */
  enclosing: TaskRecord | undefined;
  prev: TaskRecord | undefined = undefined;
  next: TaskRecord | undefined = undefined;
  state: TaskState;
  /** Readings of the monotonic clock; `startedMs` is meaningless while `state` is queued. */
  startedMs: number;
  endedMs: number | undefined = undefined;
  extra: TaskExtra | undefined = undefined;

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
    return this.extra?.name ?? this.series.name;
  }

  get type(): string {
    return this.extra?.type ?? this.series.type;
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
    return this.extra?.parentNamed ?? false;
  }

  get trace(): TracePolicy {
    return this.extra?.trace ?? "child";
  }

  get attributes(): Attributes {
    return this.extra?.attributes ?? noAttributes;
  }

  get attempt(): number {
    return this.state === "queued" || (this.state === "cancelled" && this.startedMs < 0) ? 0 : 1;
  }

  get spawnedMs(): number {
    return this.extra?.spawnedMs ?? this.startedMs;
  }

  /** The part of a task that is made on first use. */
  needExtra(): TaskExtra {
    return (this.extra ??= new TaskExtra());
  }

  /** The signal of the task: made when touched, aborted already when the task has been asked to stop. */
  get signal(): AbortSignal {
    const extra = this.needExtra();
    if (extra.controller === undefined) {
      extra.controller = new AbortController();
      if (extra.cancelRequest !== undefined) extra.controller.abort(extra.cancelRequest.error);
    }
    return extra.controller.signal;
  }
}
