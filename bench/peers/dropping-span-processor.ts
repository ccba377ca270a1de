import type { ReadableSpan, SpanProcessor } from "@opentelemetry/sdk-trace";

/** Drops every span. Counts them by name, so that a benchmark can prove that they were recorded. */
export class DroppingSpanProcessor implements SpanProcessor {
  readonly endedByName = new Map<string, number>();

  onStart(): void {}

  onEnd(span: ReadableSpan): void {
    this.endedByName.set(span.name, (this.endedByName.get(span.name) ?? 0) + 1);
  }

  forceFlush(): Promise<void> {
    return Promise.resolve();
  }

  shutdown(): Promise<void> {
    return Promise.resolve();
  }
}
