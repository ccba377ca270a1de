import type { Context, Span } from "@opentelemetry/api";

/** What hangs on a task between its spawn and its end. */
export interface Trail {
  /** The task's own span. */
  readonly span: Span | undefined;
  /** What is current in the body, also in one that starts later: the context of the spawn, with span and task in it. */
  readonly inside: Context;
}
