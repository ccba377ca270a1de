import type { Attributes, Span } from "@opentelemetry/api";

/**
 * How many events a span gets of what is said and done while the task lives. Below the SDK's own limit of 128, which
 * makes room by throwing the oldest ones away: how the task was queued and started, and with what it failed, stay.
 */
const MAX_EVENTS = 100;

/** A span that takes a bounded number of events and counts what was beyond. */
export class SpanLog {
  readonly span: Span;
  #events = 0;
  #dropped = 0;

  constructor(span: Span) {
    this.span = span;
  }

  addEvent(name: string, attributes: Attributes): void {
    if (this.#events < MAX_EVENTS) {
      this.#events += 1;
      this.span.addEvent(name, attributes);
    } else this.#dropped += 1;
  }

  /** Says on the span how many events it lacks, if any. */
  close(): void {
    if (this.#dropped > 0) this.span.setAttribute("task.events_dropped", this.#dropped);
  }
}
