import type { Task } from "./api-types.ts";

export const rowOrders = ["age", "duration", "name", "type", "state", "id"] as const;
export type RowOrder = (typeof rowOrders)[number];
export type Grouping = "none" | "name" | "type";

/** How the list is laid out. */
export interface Layout {
  readonly order: RowOrder;
  readonly isReversed: boolean;
  readonly grouping: Grouping;
  readonly closedGroups: ReadonlySet<string>;
}

/** A line of the list: a task, or the head of a group. */
export type Line =
  | { readonly kind: "task"; readonly task: Task }
  | { readonly kind: "group"; readonly name: string; readonly count: number; readonly isClosed: boolean };

/** The lines of the list, in order. The oldest, the longest and `a` come first, unless it is reversed. */
export function linesOf(tasks: readonly Task[], layout: Layout): Line[] {
  const { order, isReversed, grouping, closedGroups } = layout;
  const nowMs = Date.now();
  const keyed = tasks.map((task) => ({ task, key: keyOf(task, order, nowMs) }));
  const sign = isReversed ? -1 : 1;
  keyed.sort((a, b) => sign * (a.key < b.key ? -1 : a.key > b.key ? 1 : a.task.id - b.task.id));
  if (grouping === "none") return keyed.map(({ task }) => ({ kind: "task", task }));
  const groups = new Map<string, Task[]>();
  for (const { task } of keyed) {
    const group = groups.get(task[grouping]);
    if (group === undefined) groups.set(task[grouping], [task]);
    else group.push(task);
  }
  return [...groups]
    .sort(([a, tasksOfA], [b, tasksOfB]) => tasksOfB.length - tasksOfA.length || (a < b ? -1 : 1))
    .flatMap(([name, members]): Line[] => {
      const isClosed = closedGroups.has(name);
      const head: Line = { kind: "group", name, count: members.length, isClosed };
      return isClosed ? [head] : [head, ...members.map((task): Line => ({ kind: "task", task }))];
    });
}

/** How long a task has run, or did. */
export function durationOf({ endedAtMs, startedAtMs, durationMs, state }: Task, nowMs: number): number {
  const isRunning = endedAtMs === undefined && state === "running" && startedAtMs !== undefined;
  return isRunning ? Math.max(nowMs - startedAtMs, durationMs) : durationMs;
}

function keyOf(task: Task, order: RowOrder, nowMs: number): number | string {
  switch (order) {
    case "age":
      return task.spawnedAtMs;
    case "duration":
      return -durationOf(task, nowMs);
    case "id":
      return task.id;
    case "name":
    case "type":
    case "state":
      return task[order];
  }
}
