import type { LifecycleEvent } from "../events/index.ts";
import { durationText } from "./output/duration.ts";
import { safeLine } from "./output/safe-text.ts";
import type { Paint, Tone } from "./output/style.ts";

const tones: Readonly<Partial<Record<LifecycleEvent["kind"], Tone>>> = {
  completed: "good",
  failed: "bad",
  lost: "bad",
  "gave-up": "bad",
  "group-failed": "bad",
  blocked: "bad",
  cancelled: "warn",
  rejected: "warn",
  restarting: "warn",
  stuck: "warn",
  unresponsive: "warn",
  "settled-late": "warn",
  breaker: "warn",
};

const KIND_WIDTH = Math.max(...["cancel-requested", "unresponsive"].map(({ length }) => length));

/** An event as a line: when, what, about which task, and what it says beyond that. */
export function eventLine(event: LifecycleEvent, paint: Paint): string {
  const { kind, atMs, type, name, id } = event;
  const at = new Date(atMs);
  // What the server sends is no promise: a time that is none is shown as such.
  const time = Number.isNaN(at.getTime()) ? "?" : at.toISOString();
  const task = `${type === "" ? "" : `${safeLine(type)}/`}${safeLine(name)}${id === 0 ? "" : ` #${id}`}`;
  const detail = safeLine(detailOf(event));
  return [
    paint("dim", time),
    paint(tones[kind], safeLine(kind).padEnd(KIND_WIDTH)),
    task,
    paint("dim", detail),
  ]
    .filter((part) => part !== "")
    .join("  ")
    .trimEnd();
}

function detailOf(event: LifecycleEvent): string {
  switch (event.kind) {
    case "spawned":
      return event.parentId === undefined ? "" : `inside #${event.parentId}`;
    case "started":
      return event.attempt > 1 ? `attempt ${event.attempt}` : "";
    case "progress":
      return event.total === undefined ? String(event.done) : `${event.done} of ${event.total}`;
    case "restarting":
      return `in ${durationText(event.delayMs)}${event.errorType === undefined ? "" : `, after ${event.errorType}: ${event.errorMessage ?? ""}`}`;
    case "cancel-requested":
      return said(event.by, event.reason);
    case "completed":
      return durationText(event.durationMs);
    case "failed":
      return `${durationText(event.durationMs)}, ${event.errorType}: ${event.errorMessage}`;
    case "cancelled":
      return `${durationText(event.durationMs)}, ${said(event.cancelledBy, event.reason)}`;
    case "rejected":
      return event.reason;
    case "gave-up":
      return `after ${event.restarts} restarts`;
    case "group-failed":
      return `group ${event.group}`;
    case "lost":
      return `after ${durationText(event.ageMs)}`;
    case "stuck":
      return `longer than ${durationText(event.boundMs)} (${event.bound})`;
    case "unresponsive":
      return `${durationText(event.graceMs)} after it was ended`;
    case "settled-late":
      return `${event.settled}, ${durationText(event.lateMs)} late`;
    case "breaker":
      return `${event.from} to ${event.to}`;
    case "blocked":
      return `for ${durationText(event.blockedMs)}`;
    default:
      // A kind that later versions have.
      return "";
  }
}

const said = (by: string, reason: string | undefined): string =>
  `by ${by}${reason === undefined ? "" : `: ${reason}`}`;
