import type { Task, TaskEvent } from "./api-types.ts";
import { formatMs } from "./format.ts";

/** A piece of a task's time. */
export interface Piece {
  readonly kind: "queued" | "running" | "completed" | "failed" | "cancelled";
  readonly label: string;
  readonly fromMs: number;
  readonly toMs: number;
}

/** Something that was said of a task. */
export interface Entry {
  readonly atMs: number;
  readonly text: string;
  readonly mood: "" | "good" | "bad" | "warn";
}

/** What became of a task, from what it says itself and from the events that were seen. */
export interface Story {
  readonly pieces: readonly Piece[];
  readonly entries: readonly Entry[];
  /** Whether attempts are missing, as they were over before anybody looked. */
  readonly isPartial: boolean;
}

const ends = new Set(["completed", "failed", "cancelled"]);

/** Tells the story of a task. */
export function storyOf(task: Task, events: readonly TaskEvent[], nowMs: number): Story {
  const seenStarts = events.filter(({ kind }) => kind === "started");
  const isPartial = task.attempt > 1 && !seenStarts.some(({ attempt }) => attempt === 1);
  return { pieces: piecesOf(task, events, nowMs), entries: entriesOf(task, events), isPartial };
}

function piecesOf(task: Task, events: readonly TaskEvent[], nowMs: number): Piece[] {
  const pieces: Piece[] = [];
  let fromMs = task.spawnedAtMs;
  let open: { readonly kind: "queued" | "running"; readonly label: string } = {
    kind: "queued",
    label: "queued",
  };
  const close = (atMs: number, kind: Piece["kind"] = open.kind): void => {
    if (atMs > fromMs) pieces.push({ kind, label: open.label, fromMs, toMs: atMs });
    fromMs = Math.max(atMs, fromMs);
  };
  const turns = events.filter(({ kind }) => kind === "started" || kind === "restarting");
  if (turns.length === 0 && task.startedAtMs !== undefined) {
    close(task.startedAtMs);
    open = { kind: "running", label: `attempt ${task.attempt}` };
  }
  const [firstSeen] = turns;
  if (firstSeen !== undefined && (firstSeen.attempt > 1 || firstSeen.kind === "restarting"))
    open = { kind: "queued", label: "not seen" };
  for (const { kind, atMs, attempt, errorType } of turns) {
    const isStart = kind === "started";
    const isSeen = isStart || open.label !== "not seen";
    close(atMs, isStart || !isSeen ? open.kind : errorType === undefined ? "completed" : "failed");
    open = isStart ? { kind: "running", label: `attempt ${attempt}` } : { kind: "queued", label: "backoff" };
  }
  const { state } = task;
  close(task.endedAtMs ?? nowMs, state === "queued" || state === "running" ? open.kind : state);
  return pieces;
}

function entriesOf(task: Task, events: readonly TaskEvent[]): Entry[] {
  const entries = events.flatMap((event): Entry[] => {
    const told = tell(event);
    return told === undefined ? [] : [{ atMs: event.atMs, ...told }];
  });
  const has = (kind: string): boolean => events.some((event) => event.kind === kind);
  if (!has("spawned")) entries.unshift({ atMs: task.spawnedAtMs, text: "spawned", mood: "" });
  if (task.startedAtMs !== undefined && !has("started"))
    entries.push({ atMs: task.startedAtMs, text: "started", mood: "" });
  if (task.endedAtMs !== undefined && !events.some(({ kind }) => ends.has(kind)))
    entries.push({
      atMs: task.endedAtMs,
      text: task.state,
      mood: task.state === "completed" ? "good" : "bad",
    });
  if (task.stuck && !has("stuck"))
    entries.push({ atMs: task.startedAtMs ?? 0, text: "is stuck", mood: "warn" });
  return entries.sort((a, b) => a.atMs - b.atMs);
}

/** An event in words; `undefined` for those that only move a bar. */
function tell(event: TaskEvent): Omit<Entry, "atMs"> | undefined {
  const { kind, attempt } = event;
  const error = event.errorType === undefined ? "" : `: ${event.errorType}: ${event.errorMessage ?? ""}`;
  const because = event.reason === undefined ? "" : `: ${event.reason}`;
  switch (kind) {
    case "progress":
      return undefined;
    case "spawned":
      return { text: "spawned", mood: "" };
    case "started":
      return { text: `attempt ${attempt} started`, mood: "" };
    case "restarting":
      return {
        text: `attempt ${attempt} ended${error}; the next in ${formatMs(event.delayMs)}`,
        mood: event.errorType === undefined ? "" : "bad",
      };
    case "cancel-requested":
      return { text: `asked to stop by ${event.by ?? "somebody"}${because}`, mood: "warn" };
    case "completed":
      return { text: `completed after ${formatMs(event.durationMs)}`, mood: "good" };
    case "failed":
      return { text: `failed${error}`, mood: "bad" };
    case "cancelled":
      return { text: `cancelled by ${event.cancelledBy ?? "somebody"}${because}`, mood: "warn" };
    case "stuck":
      return { text: `stuck: ${boundText(event)}`, mood: "warn" };
    case "unresponsive":
      return {
        text: `unresponsive: its code goes on ${formatMs(event.graceMs)} after its end`,
        mood: "warn",
      };
    case "lost":
      return { text: "lost: nothing can settle it any more", mood: "bad" };
    case "gave-up":
      return { text: `gave up after ${event.restarts ?? 0} restarts`, mood: "bad" };
    case "settled-late":
      return { text: `its code settled ${formatMs(event.lateMs)} late`, mood: "" };
    default:
      return { text: kind, mood: "" };
  }
}

/** Which bound a stuck task has passed, in words. */
export function boundText({ bound, boundMs }: TaskEvent): string {
  return bound === "heartbeat"
    ? `no sign of life for ${formatMs(boundMs)}`
    : `runs longer than the ${formatMs(boundMs)} expected`;
}
