import type { SpanProcessor } from "./sdk-packages.ts";

/** Several processors as one, for those that take one: each is given all, in order. */
export function together(processors: readonly SpanProcessor[]): SpanProcessor {
  return {
    onStart(span, parentContext) {
      for (const processor of processors) processor.onStart(span, parentContext);
    },
    onEnding(span) {
      for (const processor of processors) processor.onEnding?.(span);
    },
    onEnd(span) {
      for (const processor of processors) processor.onEnd(span);
    },
    async forceFlush() {
      await Promise.all(processors.map((processor) => processor.forceFlush()));
    },
    async shutdown() {
      await Promise.all(processors.map((processor) => processor.shutdown()));
    },
  };
}
