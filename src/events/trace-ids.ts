/** Which span shows a task, in the words of W3C Trace Context. */
export interface TraceIds {
  /** 32 lowercase hexadecimal digits. */
  readonly traceId: string;
  /** 16 lowercase hexadecimal digits. */
  readonly spanId: string;
  /** 1 when the trace is sampled. */
  readonly traceFlags: number;
}
