import { MOST_TASKS } from "./fetch-tasks.ts";
import type { Wants } from "./server-watch.ts";
import type { TopState } from "./top-state.ts";

/** Tasks are fetched by so many, so that a step down seldom asks for others. */
const STEP = 500;

/** What has to be asked for to show this. */
export function wantsOf(state: TopState, height: number): Wants {
  const page = state.page === "help" ? state.pageBefore : state.page;
  const { states, filter: text, only, order, isReversed, at, isAtEnd } = state;
  const reach = isAtEnd ? MOST_TASKS : Math.ceil((at + height * 2) / STEP) * STEP;
  return {
    tasks:
      page === "tasks"
        ? { states, text, only, order, isReversed, count: Math.min(reach, MOST_TASKS) }
        : undefined,
    tree: page === "tree",
    stuck: page === "warnings",
    taskId: page === "task" ? state.taskId : undefined,
  };
}
