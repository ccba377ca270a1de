import type { EventHub } from "../events/index.ts";
import type { Clock, WallClock } from "../internal/index.ts";
import type { HookEvent, HookTask } from "../plugin/index.ts";
import { SeriesStats } from "../stats/index.ts";
import type { TaskHandle } from "../task/index.ts";
import type { Ending } from "./ending.ts";
import { TaskList } from "./task-list.ts";
import type { Linked } from "./task-list.ts";

/** What the records of a series need of their tracker. `R` is the record: the layers below it do not know it. */
export interface TrackerParts<R> {
  readonly clock: Clock;
  readonly wallClock: WallClock;
  readonly events: EventHub;
  readonly lifecycle: {
    complete(record: R): void;
    end(record: R, ending: Ending): void;
  };
  readonly surroundings: {
    runInside(record: R, body: () => void): void;
  };
  readonly host: {
    readonly eventHooks: { readonly isEmpty: boolean };
    event(task: HookTask, event: HookEvent): void;
  };
  /** Has what can be lost watched by the garbage collector. */
  readonly watch: {
    forget(losable: object): void;
  };
  /** Ends an observed task that can never end by itself. */
  lose(record: R): void;
  /** How many running tasks of a series are stuck now. */
  countStuck(series: WatchedSeries<R>): number;
  run(spec: unknown, body: unknown, parent: R): Promise<unknown>;
  spawn(spec: unknown, body: unknown, parent: R): TaskHandle;
}

/** What is looked through for stuck tasks. */
export interface WatchedSeries<R> {
  readonly type: string;
  /** The oldest first. */
  readonly runningTasks: Iterable<R>;
  readonly shortestExpectedMs: number;
  readonly beating: ReadonlySet<R> | undefined;
}

/** A series with its live tasks: queued ones in the order of spawning, running ones in the order of starting. */
export class TaskSeries<R extends Linked<R>> extends SeriesStats {
  readonly tracker: TrackerParts<R>;
  /** The tracker's own, one step nearer for the hot path. */
  readonly lifecycle: TrackerParts<R>["lifecycle"];
  readonly queuedTasks: TaskList<R> = new TaskList();
  readonly runningTasks: TaskList<R> = new TaskList();
  /** The shortest that was ever expected of single tasks: younger ones need not be looked at. */
  shortestExpectedMs: number = Number.POSITIVE_INFINITY;
  /** Live tasks that should give signs of life. */
  beating: Set<R> | undefined;

  constructor(type: string, name: string, tracker: TrackerParts<R>) {
    super(type, name);
    this.tracker = tracker;
    this.lifecycle = tracker.lifecycle;
  }

  override get stuck(): number {
    return this.tracker.countStuck(this);
  }

  /** Notes what is expected of a task. */
  expect(expectedMs: number): void {
    if (expectedMs < this.shortestExpectedMs) this.shortestExpectedMs = expectedMs;
  }
}
