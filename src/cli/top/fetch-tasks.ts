import type { TaskInfo } from "../../task/index.ts";
import type { ApiClient, Query } from "../remote/api-client.ts";
import { sortParameter, sortTasks } from "./task-order.ts";
import type { StateFilter, TaskOrder } from "./task-order.ts";
import type { Only } from "./top-state.ts";

/** Which tasks are looked at. */
export interface TaskWants {
  readonly states: StateFilter;
  readonly text: string;
  readonly only: Only | undefined;
  readonly order: TaskOrder;
  readonly isReversed: boolean;
  /** How many of them, at most {@link MOST_TASKS}. */
  readonly count: number;
}

/** The first tasks in an order, and how many there are. */
export interface FoundTasks {
  readonly tasks: TaskInfo[];
  readonly total: number;
}

/** The most tasks that are fetched. */
export const MOST_TASKS = 10_000;
const PAGE = 1_000;

/** Asks for the first tasks in an order, by pages. Rejects as the client does. */
export async function fetchTasks(
  client: ApiClient,
  { states, text, only, order, isReversed, count: wanted }: TaskWants,
  signal: AbortSignal,
): Promise<FoundTasks> {
  const count = Math.min(wanted, MOST_TASKS);
  const lists = await Promise.all(
    statesOf(states, order).map((state) => {
      const filter: Query = { state, ...(text === "" ? {} : { text }), ...only };
      const query = { ...filter, sort: sortParameter(order, isReversed), limit: Math.min(count, PAGE) };
      return fetchPages(client, query, count, signal);
    }),
  );
  const tasks = sortTasks(
    lists.flatMap((each) => each.tasks),
    order,
    isReversed,
  );
  return { tasks: tasks.slice(0, count), total: lists.reduce((sum, { total }) => sum + total, 0) };
}

async function fetchPages(
  client: ApiClient,
  query: Query,
  count: number,
  signal: AbortSignal,
): Promise<FoundTasks> {
  // Pages that were fetched one after the other may overlap: a task may have moved between them.
  const found = new Map<number, TaskInfo>();
  let total: number | undefined;
  let cursor: string | undefined;
  do {
    const page = await client.tasks({ ...query, cursor }, signal);
    for (const task of page.tasks) found.set(task.id, task);
    total ??= page.total;
    cursor = page.nextCursor ?? undefined;
  } while (cursor !== undefined && found.size < count);
  return { tasks: [...found.values()], total };
}

/** The API takes one state at a time, or any. It has no order by state, so each is a list of its own then. */
function statesOf(states: StateFilter, order: TaskOrder): readonly (string | undefined)[] {
  if (states === "live") return ["running", "queued"];
  if (states !== "all") return [states];
  return order === "state" ? ["running", "queued", "completed", "failed", "cancelled"] : [undefined];
}
