import type { CancelledBy } from "../errors/index.ts";
import { cancelRequest } from "./cancel-request.ts";
import type { CancelRequest } from "./cancel-request.ts";
import type { TaskRecord } from "./task-record.ts";

/**
 * Cancels a task and what is within its reach. A managed task ends at once; an observed one is only asked, through
 * its signal. Gives false when it had ended already.
 */
export function cancelTask(record: TaskRecord, by: CancelledBy, reason: unknown): boolean {
  if (!record.isLive) return false;
  const request = cancelRequest(`Task ${JSON.stringify(record.name)} (${record.id})`, by, reason);
  const children = childrenOf(record);
  cancelOne(record, request);
  cancelDescendants(children, request.error);
  return true;
}

/** The live tasks directly within reach of a cancellation of `record`. */
export function childrenOf(record: TaskRecord): readonly TaskRecord[] {
  const children = record.extra?.children;
  return children === undefined ? [] : [...children];
}

/** Cancels tasks and all within their reach, as a parent's end demands. Walks without recursion: trees may be deep. */
export function cancelDescendants(children: readonly TaskRecord[], reason: unknown): void {
  const waiting = [...children];
  for (let record = waiting.pop(); record !== undefined; record = waiting.pop()) {
    if (!record.isLive) continue;
    const request = cancelRequest(`Task ${JSON.stringify(record.name)} (${record.id})`, "parent", reason);
    waiting.push(...childrenOf(record));
    cancelOne(record, request);
  }
}

function cancelOne(record: TaskRecord, request: CancelRequest): void {
  const managed = record.extra?.managed;
  if (managed !== undefined) managed.cancel(request);
  else askToStop(record, request);
}

/** Remembers the request and aborts the signal, inside the task, if it was ever touched. The first request stands. */
export function askToStop(record: TaskRecord, request: CancelRequest): void {
  const extra = record.needExtra();
  if (extra.cancelRequest !== undefined) return;
  extra.cancelRequest = request;
  const { controller } = extra;
  if (controller !== undefined)
    record.series.tracker.surroundings.runInside(record, () => controller.abort(request.error));
}
