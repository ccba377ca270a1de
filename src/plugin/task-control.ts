import type { TaskFilter, TaskInfo, TaskTree } from "../task/index.ts";

/** By what a page of tasks is in order. */
export const taskOrders = ["id", "name", "type", "startedAtMs", "endedAtMs", "durationMs"] as const;

/** One of {@link taskOrders}. */
export type TaskOrder = (typeof taskOrders)[number];

/** Where a task stands in an order. Tasks without a value come last, those with the same one by their ids. */
export interface TaskPlace {
  readonly value: number | string | undefined;
  readonly id: number;
}

/** Which page of the live and retained tasks to give. */
export interface TaskQuery extends Omit<TaskFilter, "limit"> {
  /** What name, type or key contains, in whatever case. */
  readonly text?: string | undefined;
  /** Default `"id"`: the oldest first. */
  readonly orderBy?: TaskOrder | undefined;
  readonly descending?: boolean | undefined;
  /** Only tasks that come after this place. */
  readonly after?: TaskPlace | undefined;
  /** At which reading of the tracker's clock durations are compared; that of the page before, so that pages fit together. */
  readonly asOfMs?: number | undefined;
  /** At most so many. */
  readonly limit: number;
}

/** A page of tasks. */
export interface TaskPage {
  readonly entries: readonly { readonly task: TaskInfo; readonly place: TaskPlace }[];
  /** How many tasks the query fits, on this page or another. */
  readonly total: number;
  /** Whether more come after the last entry. */
  readonly hasMore: boolean;
  readonly asOfMs: number;
}

/** How much of a tree to give. */
export interface TreeBounds {
  readonly maxTasks: number;
  /** Levels, that of the roots included. */
  readonly maxDepth: number;
}

/** Trees of tasks within bounds. */
export interface BoundedForest {
  readonly roots: readonly TaskTree[];
  /** How many tasks are in `roots`, at all levels. */
  readonly shown: number;
  /** Whether the bounds left any out. */
  readonly truncated: boolean;
}

/** What a plugin that acts for a user may ask of a tracker and do to it. */
export interface TaskControl {
  /** Whether shutdown has begun: new roots are refused. */
  readonly isClosing: boolean;
  /** How many tasks were ever spawned. Cheaper than all the numbers. */
  readonly spawned: number;
  /** One live or retained task. */
  find(id: number): TaskInfo | undefined;
  /** A page of the live and retained tasks. Only the tasks of the page are pictured; looking at the others costs little. */
  page(query: TaskQuery): TaskPage;
  /** `Tracker.tree`, within bounds, level by level: what is left out is the deepest. `undefined` when the task is not known. */
  tree(id: number | undefined, bounds: TreeBounds): BoundedForest | undefined;
  /** Cancels a live task. Gives whether there was one to cancel. */
  cancel(id: number, reason?: unknown): boolean;
  /** Cancels the live tasks that the filter lets through. Gives how many. */
  cancelWhere(filter: TaskFilter, reason?: unknown): number;
}

/** Compares places in one order. */
export function comparePlaces(a: TaskPlace, b: TaskPlace, descending: boolean): number {
  if (a.value !== b.value) {
    if (a.value === undefined) return 1;
    if (b.value === undefined) return -1;
    return a.value < b.value === descending ? 1 : -1;
  }
  return a.id - b.id;
}
