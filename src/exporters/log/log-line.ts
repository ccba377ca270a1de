import type { LifecycleEvent, TraceIds } from "../../events/index.ts";
import type { LogLevel } from "./levels.ts";
import { safeText } from "./safe-text.ts";

/** What a line says beyond its message: names as in logs (`task_id`, `duration_ms`), plain values. */
export type LogFields = Readonly<Record<string, string | number | boolean>>;

/** One line of the log. Every text in it is bounded and free of control characters. */
export interface LogLine {
  readonly level: LogLevel;
  /** When it happened, in epoch milliseconds. */
  readonly atMs: number;
  readonly message: string;
  readonly fields: LogFields;
}

/** How texts of the user's are written: `undefined` leaves them out. */
export type WriteText = (text: string) => string | undefined;

/** The longest name or word in a line; the core cuts names at 128 already. */
const MAX_WORD_LENGTH = 160;

/** An event as a line. */
export function lineOf(event: LifecycleEvent, level: LogLevel, writeText: WriteText): LogLine {
  const { name, type, id, attempt, trace, atMs } = event;
  const subject = subjectOf(event);
  const fields: Record<string, string | number | boolean> = { event: event.kind };
  const put = (key: string, value: string | number | boolean | undefined): void => {
    if (value !== undefined)
      fields[key] = typeof value === "string" ? safeText(value, MAX_WORD_LENGTH) : value;
  };
  const putText = (key: string, text: string | undefined): void => {
    const written = text === undefined || text === "" ? undefined : writeText(text);
    if (written !== undefined) fields[key] = written;
  };
  put(subject.field, name);
  if (type !== "") put("task_type", type);
  if (id !== 0) put("task_id", id);
  if (attempt > 1) put("attempt", attempt);
  putTrace(put, trace);
  const what = describe(event, put, putText);
  return { level, atMs, message: `${subject.words} ${safeText(name, MAX_WORD_LENGTH)} ${what}`, fields };
}

/** What the name of an event is the name of: for the message, and as a field. */
function subjectOf({ kind, id }: LifecycleEvent): { readonly words: string; readonly field: string } {
  if (kind === "breaker") return { words: "circuit breaker", field: "breaker" };
  if (kind === "blocked" && id === 0) return { words: "code of", field: "task_name" };
  if (kind === "group-failed" && id === 0) return { words: "group", field: "member" };
  return { words: "task", field: "task_name" };
}

type Put = (key: string, value: string | number | boolean | undefined) => void;

function putTrace(put: Put, trace: TraceIds | undefined): void {
  put("trace_id", trace?.traceId);
  put("span_id", trace?.spanId);
  put("trace_flags", trace?.traceFlags);
}

/** Puts what is special to a kind, and gives the end of the message: in words of ours only. */
function describe(
  event: LifecycleEvent,
  put: Put,
  putText: (key: string, text: string | undefined) => void,
): string {
  switch (event.kind) {
    case "spawned":
      put("parent_id", event.parentId);
      put("managed", event.managed);
      return "spawned";
    case "started":
      put("parent_id", event.parentId);
      put("queued_ms", rounded(event.queuedMs));
      return "started";
    case "progress":
      put("done", event.done);
      put("total", event.total);
      return "made progress";
    case "restarting":
      put("delay_ms", rounded(event.delayMs));
      put("error_type", event.errorType);
      putText("error_message", event.errorMessage);
      return "is about to restart";
    case "cancel-requested":
      put("cancelled_by", event.by);
      putText("reason", event.reason);
      return "was asked to stop";
    case "completed":
      putTimes(put, event);
      return "completed";
    case "failed":
      putTimes(put, event);
      put("error_type", event.errorType);
      putText("error_message", event.errorMessage);
      return "failed";
    case "cancelled":
      putTimes(put, event);
      put("cancelled_by", event.cancelledBy);
      putText("reason", event.reason);
      return "was cancelled";
    case "rejected":
      put("reason", event.reason);
      return "was rejected";
    case "gave-up":
      put("restarts", event.restarts);
      return "gave up";
    case "group-failed":
      put("group", event.group);
      put("max_restarts", event.maxRestarts);
      put("within_ms", event.withinMs);
      put("above", event.above);
      return "failed once too often for its group";
    case "lost":
      put("age_ms", rounded(event.ageMs));
      return "is lost: it can never end";
    case "stuck":
      put("bound", event.bound);
      put("bound_ms", event.boundMs);
      return "is stuck";
    case "unresponsive":
      put("grace_ms", event.graceMs);
      return "goes on after its end";
    case "settled-late":
      put("settled", event.settled);
      put("late_ms", rounded(event.lateMs));
      return "settled late";
    case "breaker":
      put("from", event.from);
      put("to", event.to);
      return `went from ${event.from} to ${event.to}`;
    case "blocked":
      put("blocked_ms", rounded(event.blockedMs));
      put("precise", event.precise);
      putText("stack", event.stack);
      return "held the event loop";
  }
}

function putTimes(put: Put, { durationMs, queuedMs }: { durationMs: number; queuedMs: number }): void {
  put("duration_ms", rounded(durationMs));
  put("queued_ms", rounded(queuedMs));
}

/** Microseconds are enough for a log. */
function rounded(ms: number): number {
  return Math.round(ms * 1_000) / 1_000;
}
