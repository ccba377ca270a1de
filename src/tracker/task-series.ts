import type { WallClock } from "../internal/index.ts";
import { SeriesStats } from "../stats/index.ts";
import type { TaskHandle } from "../task/index.ts";
import type { Ending } from "./ending.ts";
import { TaskList } from "./task-list.ts";
import type { Linked } from "./task-list.ts";

/** What the records of a series need of their tracker. `R` is the record: the layers below it do not know it. */
export interface TrackerParts<R> {
  readonly wallClock: WallClock;
  readonly lifecycle: {
    complete(record: R): void;
    end(record: R, ending: Ending): void;
  };
  readonly surroundings: {
    runInside(record: R, body: () => void): void;
  };
  run(spec: unknown, body: unknown, parent: R): Promise<unknown>;
  spawn(spec: unknown, body: unknown, parent: R): TaskHandle;
}

/** A series with its live tasks: queued ones in the order of spawning, running ones in the order of starting. */
export class TaskSeries<R extends Linked<R>> extends SeriesStats {
  readonly tracker: TrackerParts<R>;
  /** The tracker's own, one step nearer for the hot path. */
  readonly lifecycle: TrackerParts<R>["lifecycle"];
  readonly queuedTasks: TaskList<R> = new TaskList();
  readonly runningTasks: TaskList<R> = new TaskList();

  constructor(type: string, name: string, tracker: TrackerParts<R>) {
    super(type, name);
    this.tracker = tracker;
    this.lifecycle = tracker.lifecycle;
  }
}
