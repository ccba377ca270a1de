/** One observation of a histogram with the trace that shows it. */
export interface Exemplar {
  /** 32 lowercase hexadecimal digits, as in W3C Trace Context. */
  readonly traceId: string;
  /** 16 lowercase hexadecimal digits. */
  readonly spanId: string;
  /** What was observed, in seconds. */
  readonly value: number;
  /** When, in epoch milliseconds. */
  readonly atMs: number;
}

/** Whether the ids are ones that W3C Trace Context allows. What is not goes nowhere: neither memory nor a page has to fear it. */
export function areTraceIds(traceId: unknown, spanId: unknown): boolean {
  return (
    typeof traceId === "string" &&
    typeof spanId === "string" &&
    TRACE_ID.test(traceId) &&
    SPAN_ID.test(spanId)
  );
}

// All zeros stand for no trace.
const TRACE_ID = /^(?!0{32})[\da-f]{32}$/;
const SPAN_ID = /^(?!0{16})[\da-f]{16}$/;
