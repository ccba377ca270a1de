import { context, trace } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import { TracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from "@opentelemetry/sdk-trace";
import type { ReadableSpan, Sampler } from "@opentelemetry/sdk-trace";

/** A real SDK that keeps the spans that ended. */
export interface SpanRecorder {
  readonly provider: TracerProvider;
  readonly spans: readonly ReadableSpan[];
  /** The one span of that name. */
  span(name: string): ReadableSpan;
  forget(): void;
}

/** Makes an SDK without registering it. */
export function recordSpans(sampler?: Sampler): SpanRecorder {
  const exporter = new InMemorySpanExporter();
  const provider = new TracerProvider({
    spanProcessors: [new SimpleSpanProcessor({ exporter })],
    ...(sampler === undefined ? {} : { sampler }),
  });
  return {
    provider,
    get spans() {
      return exporter.getFinishedSpans();
    },
    span(name) {
      const named = exporter.getFinishedSpans().filter((span) => span.name === name);
      const [span] = named;
      if (span === undefined || named.length > 1) throw new Error(`${named.length} spans are named ${name}`);
      return span;
    },
    forget: () => exporter.reset(),
  };
}

/** Makes OpenTelemetry's context work, as an SDK for Node.js does. */
export function registerContextManager(): void {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
}

/** Takes off what was registered. */
export function unregisterAll(): void {
  trace.disable();
  context.disable();
}
