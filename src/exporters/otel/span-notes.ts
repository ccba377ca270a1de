import type { Span } from "@opentelemetry/api";
import { SpanLog } from "./span-log.ts";

/** What the few tasks need beyond their trail of which something is said, or that start again. */
export class SpanNotes {
  /** Of the task's own span. */
  readonly log: SpanLog;
  /** Of the span of the attempt that runs, from the second attempt on. */
  attempt: SpanLog | undefined;

  constructor(span: Span) {
    this.log = new SpanLog(span);
  }
}
