import type { TaskInfo } from "../task/index.ts";
import { durationText } from "./output/duration.ts";
import type { Tone } from "./output/style.ts";

/** How the state of a task is said, with what it waits for. */
export function stateText({
  state,
  waitingFor,
  stuck,
}: Pick<TaskInfo, "state" | "waitingFor" | "stuck">): string {
  if (stuck) return `${state} (stuck)`;
  return waitingFor === undefined ? state : `${state} (${waitingFor})`;
}

export function stateTone({ state, stuck }: Pick<TaskInfo, "state" | "stuck">): Tone | undefined {
  if (state === "failed") return "bad";
  if (stuck || state === "cancelled") return "warn";
  return state === "completed" ? "good" : undefined;
}

/** What else there is to say about a task, in the order of what matters. */
export function detailText(task: TaskInfo): string {
  const { attempt, key, progress, cancelledBy, errorType, errorMessage } = task;
  return [
    errorType === undefined ? undefined : `${errorType}: ${errorMessage ?? ""}`,
    cancelledBy === undefined ? undefined : `by ${cancelledBy}`,
    progress === undefined ? undefined : progressText(progress),
    attempt > 1 ? `attempt ${attempt}` : undefined,
    key === undefined ? undefined : `key ${key}`,
  ]
    .filter((part) => part !== undefined)
    .join(", ");
}

/** Time spent running; for one that has not started, nothing. */
export function runTimeText({ startedAtMs, durationMs }: TaskInfo): string {
  return startedAtMs === undefined ? "-" : durationText(durationMs);
}

// JSON has no numbers such as Infinity: null stands for them.
function progressText({
  done,
  total,
}: {
  readonly done: number | null;
  readonly total?: number | null | undefined;
}): string {
  return total === undefined || total === null ? `done ${done ?? "?"}` : `${done ?? "?"} of ${total}`;
}
