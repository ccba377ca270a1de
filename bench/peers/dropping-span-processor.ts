import type { ReadableSpan, SpanProcessor } from "@opentelemetry/sdk-trace";

/** Drops every span. Counts them by name, so that a benchmark can prove that they were recorded. */
export class DroppingSpanProcessor implements SpanProcessor {
  private readonly endedByName = new Map<string, number>();

  /** Throws unless `expected` spans of that name have ended. */
  assertEnded(name: string, expected: number | undefined): void {
    const ended = this.endedByName.get(name) ?? 0;
    if (ended !== expected) throw new Error(`${ended} spans "${name}" ended, expected ${expected}`);
  }

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
