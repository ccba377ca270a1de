import { createRequire } from "node:module";
import { checkBoolean, readOptions } from "../../errors/index.ts";
import { runningTask } from "../../plugin/index.ts";

/** Options of {@link pinoMixin}. */
export interface PinoMixinOptions {
  /** Whether the ids of the active span are added (default true). */
  readonly trace?: boolean | undefined;
}

const known = new Set<string>(["trace"] satisfies (keyof PinoMixinOptions)[]);

type OpenTelemetryApi = typeof import("@opentelemetry/api");

/**
 * A `mixin` for pino: adds `task_id` and `task_name` of the task that logs to each line, and `trace_id`, `span_id` and
 * `trace_flags` of the span that is active where OpenTelemetry's API is installed. Outside tasks and spans it adds nothing.
 * Never throws; costs one look into the async context.
 *
 * ```ts
 * const logger = pino({ mixin: pinoMixin() });
 * ```
 */
export function pinoMixin(options: PinoMixinOptions = {}): () => Record<string, string | number> {
  const { trace } = readOptions("pinoMixin", options, known);
  const wantsTrace = trace === undefined || checkBoolean("pinoMixin.trace", trace);
  const api = wantsTrace ? findApi() : undefined;
  return () => {
    const fields: Record<string, string | number> = {};
    try {
      const task = runningTask();
      if (task !== undefined) {
        fields["task_id"] = task.id;
        fields["task_name"] = task.name;
      }
      const span = api?.trace.getActiveSpan()?.spanContext();
      if (span !== undefined && api?.trace.isSpanContextValid(span) === true) {
        fields["trace_id"] = span.traceId;
        fields["span_id"] = span.spanId;
        fields["trace_flags"] = span.traceFlags;
      }
    } catch {
      // A line without ids is better than no line.
    }
    return fields;
  };
}

/** OpenTelemetry's API, an optional peer: without it there are no spans to tell of. */
function findApi(): OpenTelemetryApi | undefined {
  try {
    return createRequire(import.meta.url)("@opentelemetry/api") as OpenTelemetryApi;
  } catch {
    return undefined;
  }
}
