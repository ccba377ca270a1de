import { createRequire } from "node:module";
import type { Context } from "@opentelemetry/api";
import type { LogRecord } from "@opentelemetry/api-logs";
import { InvalidOptionError, readOptions, TaskscopeError } from "../../errors/index.ts";
import type { LogLevel } from "./levels.ts";
import type { LogFields, LogLine } from "./log-line.ts";
import type { LoggerLike, LoggerProviderLike } from "./logger-provider-like.ts";
import type { LogSink } from "./sinks.ts";

/** Options of {@link openTelemetrySink}. */
export interface OpenTelemetrySinkOptions {
  /** Where records go. Default: the provider that is registered globally, now or later. */
  readonly loggerProvider?: LoggerProviderLike | undefined;
}

const known = new Set<string>(["loggerProvider"] satisfies (keyof OpenTelemetrySinkOptions)[]);

/** The numbers of OpenTelemetry's log data model. */
const severities: Readonly<Record<LogLevel, number>> = { trace: 1, debug: 5, info: 9, warn: 13, error: 17 };

/** Fields that spans know by another name, or that are in the record itself (`undefined`). */
const attributeNames: Readonly<Record<string, string | undefined>> = {
  task_id: "task.id",
  task_name: "task.name",
  task_type: "task.type",
  parent_id: "task.parent.id",
  attempt: "task.attempt",
  error_type: "error.type",
  error_message: "error.message",
  event: undefined,
  trace_id: undefined,
  span_id: undefined,
  trace_flags: undefined,
};

/**
 * A sink that emits OpenTelemetry log records: the message as body, severity, time, the span of the task as context, and
 * attributes named like those of spans (`task.id`, `error.type`). `event_name` is `taskscope.task.failed` and the like.
 *
 * Needs `@opentelemetry/api`, and before its version 1.10 `@opentelemetry/api-logs` too; throws
 * `TASKSCOPE_MISSING_PACKAGE` without them. While no provider is registered the records go nowhere.
 *
 * ```ts
 * const tasks = createTracker({ plugins: [openTelemetry(), lifecycleLog({ sink: openTelemetrySink() })] });
 * ```
 */
export function openTelemetrySink(options: OpenTelemetrySinkOptions = {}): LogSink {
  const provider = checkedProvider(readOptions("openTelemetrySink", options, known)["loggerProvider"]);
  const { api, logs } = loadApis();
  let source: LoggerProviderLike | undefined;
  let logger: LoggerLike | undefined;
  return (line) => {
    // Asked for each time: of an API that is loaded twice, as a module and by require, only one copy hears of a provider
    // that is registered later and hands it on to the loggers it gave away.
    const current = provider ?? logs.getLoggerProvider();
    if (logger === undefined || current !== source) {
      source = current;
      logger = current.getLogger("taskscope");
    }
    logger.emit({
      eventName: eventNameOf(line),
      timestamp: line.atMs,
      severityNumber: severities[line.level],
      severityText: line.level.toUpperCase(),
      body: line.message,
      attributes: attributesOf(line.fields),
      context: contextOf(api, line.fields),
    } satisfies LogRecord);
  };
}

type OpenTelemetryApi = typeof import("@opentelemetry/api");
type LogsApi = Pick<typeof import("@opentelemetry/api-logs"), "logs">;

function loadApis(): { readonly api: OpenTelemetryApi; readonly logs: LogsApi["logs"] } {
  try {
    const load = createRequire(import.meta.url);
    const api = load("@opentelemetry/api") as OpenTelemetryApi & Partial<LogsApi>;
    // From 1.10 on the API has logs itself, and a provider that is registered there is not seen by the older package.
    const { logs = (load("@opentelemetry/api-logs") as LogsApi).logs } = api;
    return { api, logs };
  } catch (error) {
    throw new TaskscopeError(
      "TASKSCOPE_MISSING_PACKAGE",
      "openTelemetrySink() needs the packages @opentelemetry/api and @opentelemetry/api-logs: npm install @opentelemetry/api @opentelemetry/api-logs",
      { cause: error },
    );
  }
}

function eventNameOf({ fields }: LogLine): string {
  const subject = "breaker" in fields ? "breaker" : "task";
  return `taskscope.${subject}.${String(fields["event"]).replaceAll("-", "_")}`;
}

function attributesOf(fields: LogFields): Record<string, string | number | boolean> {
  const attributes: Record<string, string | number | boolean> = {};
  for (const [field, value] of Object.entries(fields)) {
    const name = field in attributeNames ? attributeNames[field] : `taskscope.${field}`;
    if (name !== undefined) attributes[name] = value;
  }
  return attributes;
}

/** The context of the task's span; one without any span where the line has none. */
function contextOf({ ROOT_CONTEXT, trace }: OpenTelemetryApi, fields: LogFields): Context {
  const { trace_id: traceId, span_id: spanId, trace_flags: traceFlags } = fields;
  if (typeof traceId !== "string" || typeof spanId !== "string") return ROOT_CONTEXT;
  return trace.setSpanContext(ROOT_CONTEXT, { traceId, spanId, traceFlags: Number(traceFlags) });
}

function checkedProvider(value: unknown): LoggerProviderLike | undefined {
  if (value === undefined) return undefined;
  if (typeof (value as Partial<LoggerProviderLike> | null)?.getLogger === "function")
    return value as LoggerProviderLike;
  throw new InvalidOptionError(
    "openTelemetrySink.loggerProvider",
    value,
    "a LoggerProvider of OpenTelemetry",
  );
}
