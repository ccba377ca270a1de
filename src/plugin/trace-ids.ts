import type { TraceIds } from "../events/index.ts";
import { areTraceIds } from "../stats/index.ts";

/** What a plugin gave as the span of a task: a copy if it is one, for logs and pages that trust it. */
export function checkedTrace(given: TraceIds | undefined): TraceIds | undefined {
  if (given === undefined) return undefined;
  const { traceId, spanId, traceFlags } = given;
  return areTraceIds(traceId, spanId)
    ? Object.freeze({ traceId, spanId, traceFlags: traceFlags & 0xff })
    : undefined;
}
