import { context, isSpanContextValid, SpanKind, SpanStatusCode, trace } from "@opentelemetry/api";
import type { Context, Span, SpanContext, SpanOptions, Tracer } from "@opentelemetry/api";
import type { HookTask } from "../../plugin/index.ts";
import type { RecordedException } from "./recorded-exception.ts";

// No attributes here: they would be made before the sampler decides, for spans that nobody keeps.
const childOptions: SpanOptions = Object.freeze({ kind: SpanKind.INTERNAL });

/** Starts the span of a task that is being spawned, where its trace policy puts it. `parent` holds the span it is of. */
export function spawnSpan(tracer: Tracer, task: HookTask, parent: Context): Span {
  if (task.trace === "child") return tracer.startSpan(task.name, childOptions, parent);
  const options: SpanOptions = { kind: SpanKind.INTERNAL, root: true };
  const linked = task.trace === "link" ? linkedContext(task, parent) : undefined;
  if (linked !== undefined) options.links = [{ context: linked }];
  return tracer.startSpan(task.name, options, parent);
}

/** What a task is linked to: for a run of `every`, the span that was active where `every` was called. Never more than one. */
function linkedContext({ origin }: HookTask, parent: Context): SpanContext | undefined {
  const from = origin === undefined ? parent : origin.runIn(() => context.active());
  const linked = trace.getSpanContext(from);
  return linked !== undefined && isSpanContextValid(linked) ? linked : undefined;
}

/** Starts a span under that of `parent`. */
export function innerSpan(tracer: Tracer, name: string, parent: Context): Span {
  return tracer.startSpan(name, childOptions, parent);
}

/** Writes what went wrong onto a span. */
export function recordFailure(span: Span, exception: RecordedException): void {
  span.recordException(exception);
  span.setStatus({ code: SpanStatusCode.ERROR, message: exception.message });
}
