import { context, trace } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import { TracerProvider, type Sampler, type SpanProcessor } from "@opentelemetry/sdk-trace";

/** Registers a context manager and a tracer provider globally, as an application would. Nothing takes them back. */
export function registerTracing(sampler: Sampler, processor: SpanProcessor): void {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  trace.setGlobalTracerProvider(new TracerProvider({ sampler, spanProcessors: [processor] }));
}
