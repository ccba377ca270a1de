import { answersRequest } from "./cancel-request.ts";
import type { TaskRecord } from "./task-record.ts";

/** Ends an observed task whose body gave `value`. */
export function completeObserved(record: TaskRecord, value: unknown): void {
  const { lifecycle } = record.series;
  if (record.extra === undefined) lifecycle.complete(record);
  else lifecycle.end(record, { status: "completed", value });
}

/** Ends an observed task whose body threw `error`: cancelled if that answers a request to stop, else failed. */
export function failObserved(record: TaskRecord, error: unknown, endedMs?: number): void {
  const { lifecycle } = record.series;
  const request = record.stopRequest;
  const when = endedMs === undefined ? {} : { endedMs };
  if (request?.by !== undefined && answersRequest(error, request)) {
    lifecycle.end(record, {
      status: "cancelled",
      error,
      cancelledBy: request.by,
      reason: request.reason,
      ...when,
    });
  } else lifecycle.end(record, { status: "failed", error, ...when });
}
