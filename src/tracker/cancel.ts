import type { CancelledBy } from "../errors/index.ts";
import { Cancellation } from "./cancel-request.ts";
import type { CancelRequest } from "./cancel-request.ts";
import { publishCancelRequested, textOf } from "./task-events.ts";
import type { TaskRecord } from "./task-record.ts";

/**
 * Cancels a task and what is within its reach. A managed task ends at once; an observed one is only asked, through
 * its signal. Gives false when it had ended already.
 */
export function cancelTask(record: TaskRecord, by: CancelledBy, reason: unknown, isSingle = false): boolean {
  if (!record.isLive) return false;
  const request = new Cancellation(record, by, reason, isSingle);
  const children = childrenOf(record);
  cancelOne(record, request);
  if (children.length > 0) cancelDescendants(children, request.error);
  return true;
}

const none: readonly TaskRecord[] = [];

/** The live tasks directly within reach of a cancellation of `record`. */
export function childrenOf(record: TaskRecord): readonly TaskRecord[] {
  const children = record.extra?.children;
  return children === undefined ? none : [...children];
}

/** Cancels tasks and all within their reach, as a parent's end demands. Walks without recursion: trees may be deep. */
export function cancelDescendants(children: readonly TaskRecord[], reason: unknown): void {
  const waiting = [...children];
  for (let record = waiting.pop(); record !== undefined; record = waiting.pop()) {
    if (!record.isLive) continue;
    const request = new Cancellation(record, "parent", reason);
    waiting.push(...childrenOf(record));
    cancelOne(record, request);
  }
}

function cancelOne(record: TaskRecord, request: Cancellation): void {
  // An observed task that was asked before is not asked again.
  if (record.stopRequest === undefined) announceRequest(record, request);
  const managed = record.extra?.managed;
  if (managed !== undefined) managed.cancel(request);
  // Work that was opened and not begun has nothing to wait for.
  else if (record.state === "queued" && record.details?.isOpened === true) endOpened(record, request);
  else askToStop(record, request);
}

/** Cancels a task for whoever opened it: it ends at once. Whoever asked it to stop before is the one who cancelled it. */
export function cancelOpened(record: TaskRecord, reason: unknown): boolean {
  if (!record.isLive) return false;
  const children = childrenOf(record);
  const asked = record.stopRequest;
  const request = asked instanceof Cancellation ? asked : new Cancellation(record, "request", reason, true);
  if (asked === undefined) announceRequest(record, request);
  endOpened(record, request);
  cancelDescendants(children, request.error);
  return true;
}

function announceRequest(record: TaskRecord, request: CancelRequest): void {
  const { events, host } = record.series.tracker;
  if (events.isListening) publishCancelRequested(events, record, request);
  if (request.by === undefined || host.eventHooks.isEmpty) return;
  const reason = textOf(request.reason);
  host.event(record, {
    name: "task.cancel_requested",
    attributes: {
      "task.cancelled_by": request.by,
      ...(reason === undefined ? {} : { "task.cancel_reason": reason }),
    },
  });
}

/** Ends an opened task as cancelled: books first, then the signal. */
function endOpened(record: TaskRecord, request: Cancellation): void {
  const abort = record.stop.ask(request);
  record.series.lifecycle.end(record, request);
  if (abort !== undefined) record.series.tracker.surroundings.runInside(record, abort);
}

/** Notes the request and aborts the signal, inside the task, if it was ever touched. The first request stands. */
export function askToStop(record: TaskRecord, request: CancelRequest): void {
  const abort = record.stop.ask(request);
  if (abort !== undefined) record.series.tracker.surroundings.runInside(record, abort);
}
