import type { TraceIds } from "../events/index.ts";

// All zeros stand for none.
const traceIdPattern = /^(?!0{32})[\da-f]{32}$/;
const spanIdPattern = /^(?!0{16})[\da-f]{16}$/;

/** What a plugin gave as the span of a task: a copy if it is one, for logs and pages that trust it. */
export function checkedTrace(given: TraceIds | undefined): TraceIds | undefined {
  if (given === undefined) return undefined;
  const { traceId, spanId, traceFlags } = given;
  if (!traceIdPattern.test(traceId) || !spanIdPattern.test(spanId)) return undefined;
  return Object.freeze({ traceId, spanId, traceFlags: traceFlags & 0xff });
}
