import type { RejectionReason } from "../errors/index.ts";
import type { EventHub } from "../events/index.ts";
import { errorMessageOf, errorTypeOf, OTHER_ERROR_TYPE } from "../task/index.ts";
import type { CancelRequest } from "./cancel-request.ts";
import type { Ending } from "./ending.ts";
import type { TaskRecord } from "./task-record.ts";

// What happens to tasks, put into the words of events. Each is called when the books are written and before hooks, and
// only where `EventHub.isListening` or `hears` was asked: what is built here is built for somebody.

export function publishSpawned(events: EventHub, record: TaskRecord): void {
  const { id, name, type, parentId, managed } = record;
  // An observed task runs by now; but its first attempt is yet to be announced.
  events.publish("spawned", { id, name, type, attempt: 0 }, { parentId, managed });
}

export function publishStarted(events: EventHub, record: TaskRecord): void {
  const { parentId, startedMs, spawnedMs } = record;
  events.publish("started", record, { parentId, queuedMs: startedMs - spawnedMs - record.ranMs(startedMs) });
}

export function publishEnded(
  events: EventHub,
  record: TaskRecord,
  ending: Ending,
  times: { readonly durationMs: number; readonly queuedMs: number },
): void {
  switch (ending.status) {
    case "completed":
      events.publish("completed", record, times);
      break;
    case "failed": {
      const { errorType = OTHER_ERROR_TYPE, errorMessage = "" } = record.details ?? {};
      events.publish("failed", record, { errorType, errorMessage, ...times });
      break;
    }
    case "cancelled": {
      const { cancelledBy = "request", reason } = ending;
      events.publish("cancelled", record, { cancelledBy, reason: textOf(reason), ...times });
      break;
    }
  }
}

export function publishCancelRequested(events: EventHub, record: TaskRecord, request: CancelRequest): void {
  const { by, reason } = request;
  if (by !== undefined) events.publish("cancel-requested", record, { by, reason: textOf(reason) });
}

/** `ending` is that of the attempt that is over. */
export function publishRestarting(
  events: EventHub,
  record: TaskRecord,
  ending: Ending,
  delayMs: number,
): void {
  const hasFailed = ending.status === "failed";
  events.publish("restarting", record, {
    delayMs,
    errorType: hasFailed ? (ending.errorType ?? errorTypeOf(ending.error)) : undefined,
    errorMessage: hasFailed ? errorMessageOf(ending.error) : undefined,
  });
}

export function publishRejected(
  events: EventHub,
  { name, type }: { readonly name: string; readonly type: string },
  reason: RejectionReason,
): void {
  events.publish("rejected", { id: 0, name, type, attempt: 0 }, { reason });
}

/** What a reason says, cut at 1,024 characters; `undefined` when none was given. */
export function textOf(reason: unknown): string | undefined {
  return reason === undefined ? undefined : errorMessageOf(reason);
}
