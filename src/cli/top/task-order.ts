import type { TaskInfo } from "../../task/index.ts";

/** What tasks can be sorted by. */
export const taskOrders = ["age", "duration", "name", "type", "state"] as const;
export type TaskOrder = (typeof taskOrders)[number];

/** Which tasks are shown; `live`: running and queued ones. */
export const stateFilters = ["live", "running", "queued", "completed", "failed", "cancelled", "all"] as const;
export type StateFilter = (typeof stateFilters)[number];

/** How an order is called on the screen. */
export function orderText(order: TaskOrder, isReversed: boolean): string {
  switch (order) {
    case "age":
      return isReversed ? "newest first" : "oldest first";
    case "duration":
      return isReversed ? "shortest first" : "longest first";
    default:
      return isReversed ? `by ${order}, reversed` : `by ${order}`;
  }
}

/** Whether the highest value comes first: the longest do, unless it is reversed. */
export function isFalling(order: TaskOrder, isReversed: boolean): boolean {
  return (order === "duration") !== isReversed;
}

/** The order as `GET /tasks` takes it. It knows none by state: that is made of one list for each. */
export function sortParameter(order: TaskOrder, isReversed: boolean): string {
  const name = { age: "id", duration: "durationMs", name: "name", type: "type", state: "id" }[order];
  return isFalling(order, isReversed) ? `-${name}` : name;
}

/** Sorts what came in several lists, each of them sorted. */
export function sortTasks(tasks: readonly TaskInfo[], order: TaskOrder, isReversed: boolean): TaskInfo[] {
  const sign = isReversed ? -1 : 1;
  const keyed = tasks.map((task) => ({ task, key: keyOf(task, order) }));
  keyed.sort((a, b) => sign * (a.key < b.key ? -1 : a.key > b.key ? 1 : a.task.id - b.task.id));
  return keyed.map(({ task }) => task);
}

function keyOf(task: TaskInfo, order: TaskOrder): number | string {
  switch (order) {
    case "age":
      return task.id;
    case "duration":
      return -task.durationMs;
    default:
      return task[order];
  }
}
