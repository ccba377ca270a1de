import type { TaskInfo } from "../../task/index.ts";
import { formatMs, formatProgress } from "./format.ts";
import type { Tone } from "./styled-line.ts";
import type { Column } from "./table.ts";

/** A task as a row, in the tree below others. */
export interface TaskRow {
  readonly task: TaskInfo;
  /** What stands before the name: where in the tree it is. */
  readonly twig: string;
  /** When the picture was taken: how long those wait that have not started. */
  readonly nowMs: number;
}

/** The columns of the tasks. The keys are those of the orders. */
export const taskColumns: readonly Column<TaskRow>[] = [
  {
    key: "age",
    title: "ID",
    width: 7,
    align: "right",
    rank: 0,
    text: ({ task }) => String(task.id),
    tone: dim,
  },
  { key: "name", title: "NAME", width: 14, share: 2, rank: 0, text: ({ task, twig }) => twig + task.name },
  { key: "type", title: "TYPE", width: 12, rank: 3, text: ({ task }) => task.type, tone: dim },
  { key: "state", title: "STATE", width: 9, rank: 0, text: ({ task }) => stateText(task), tone: stateTone },
  {
    key: "duration",
    title: "TIME",
    width: 8,
    align: "right",
    rank: 0,
    text: ({ task }) => (task.startedAtMs === undefined ? "" : formatMs(task.durationMs)),
  },
  {
    key: "wait",
    title: "WAITED",
    width: 8,
    align: "right",
    rank: 4,
    text: (row) => waitedText(row),
    tone: dim,
  },
  {
    key: "attempt",
    title: "TRY",
    width: 3,
    align: "right",
    rank: 5,
    text: ({ task }) => (task.attempt === 0 ? "" : String(task.attempt)),
    tone: ({ task }) => (task.attempt > 1 ? "warn" : "dim"),
  },
  {
    key: "progress",
    title: "DONE",
    width: 6,
    align: "right",
    rank: 2,
    text: ({ task }) => formatProgress(task.progress),
  },
  { key: "key", title: "KEY", width: 14, rank: 6, text: ({ task }) => task.key ?? "" },
  {
    key: "note",
    title: "NOTE",
    width: 16,
    share: 3,
    rank: 7,
    text: ({ task }) => noteText(task),
    tone: noteTone,
  },
];

/** The state as a word; `stuck` goes before `running`. */
export function stateText(task: Pick<TaskInfo, "state" | "stuck">): string {
  return task.stuck ? "stuck" : task.state;
}

export function toneOfState(task: Pick<TaskInfo, "state" | "stuck">): Tone {
  if (task.stuck) return "warn";
  return ({ queued: "label", running: "info", completed: "good", failed: "bad", cancelled: "warn" } as const)[
    task.state
  ];
}

const waitTexts: Readonly<Record<string, string>> = {
  start: "about to start",
  slot: "waits for a slot",
  key: "waits for its key",
  backoff: "backs off",
};

/** What a task waits for, why it failed, who cancelled it. */
export function noteText({
  state,
  waitingFor,
  errorType,
  errorMessage,
  cancelledBy,
  attempt,
}: TaskInfo): string {
  const error = errorType === undefined ? "" : `${errorType}: ${errorMessage ?? ""}`;
  if (state === "failed") return error;
  if (state === "cancelled") return `by ${cancelledBy ?? "somebody"}`;
  const waits = waitingFor === undefined ? "" : (waitTexts[waitingFor] ?? `waits for ${waitingFor}`);
  const before = attempt > 0 && error !== "" ? `before: ${error}` : "";
  return [waits, before].filter((text) => text !== "").join(", ");
}

function noteTone({ task }: TaskRow): Tone {
  return task.state === "failed" ? "bad" : "dim";
}

/** From the spawn to the last start, or until now. */
function waitedMs({ task, nowMs }: TaskRow): number {
  return Math.max((task.startedAtMs ?? task.endedAtMs ?? nowMs) - task.spawnedAtMs, 0);
}

/** What is shorter than a millisecond is no wait. */
function waitedText(row: TaskRow): string {
  const ms = waitedMs(row);
  return ms < 1 ? "" : formatMs(ms);
}

function stateTone({ task }: TaskRow): Tone {
  return toneOfState(task);
}

function dim(): Tone {
  return "dim";
}
