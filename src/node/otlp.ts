import { readList, readPositive, readVariable } from "./environment.ts";
import type { OtlpOptions, ResolvedNodeTelemetryOptions } from "./options.ts";
import type { MetricProducers, MetricReader, SdkPackages, SpanProcessor } from "./sdk-packages.ts";

type Signal = "traces" | "metrics";

/** Whether a signal goes out by OTLP: as the option says, else as the environment asks; `none` there always wins. */
export function otlpIsWanted(option: ResolvedNodeTelemetryOptions["otlp"], signal: Signal): boolean {
  const exporters = readList(`OTEL_${signal.toUpperCase()}_EXPORTER`);
  if (exporters?.includes("none") === true) return false;
  if (option !== undefined) return option !== false && (signal === "traces" || option.metrics !== false);
  return exporters === undefined ? hasEndpoint(signal) : exporters.includes("otlp");
}

/** Whether the environment alone says what becomes of spans, in any way that the SDK knows. */
export function environmentSendsSpans(option: ResolvedNodeTelemetryOptions["otlp"]): boolean {
  const exporters = readList("OTEL_TRACES_EXPORTER");
  if (option !== undefined || exporters?.includes("none") === true) return false;
  return exporters !== undefined || hasEndpoint("traces");
}

function hasEndpoint(signal: Signal): boolean {
  const names = ["OTEL_EXPORTER_OTLP_ENDPOINT", `OTEL_EXPORTER_OTLP_${signal.toUpperCase()}_ENDPOINT`];
  return names.some((name) => readVariable(name) !== undefined);
}

/** Sends spans in batches, by OTLP over HTTP with protobuf. `OTEL_BSP_*` says how often and how many. */
export function otlpSpanProcessor(
  packages: SdkPackages,
  option: ResolvedNodeTelemetryOptions["otlp"],
): SpanProcessor {
  const { OTLPTraceExporter } = packages.load("@opentelemetry/exporter-trace-otlp-proto");
  const { BatchSpanProcessor } = packages.load("@opentelemetry/sdk-trace");
  return new BatchSpanProcessor({
    exporter: new OTLPTraceExporter(target(option, "traces")),
    maxQueueSize: readPositive("OTEL_BSP_MAX_QUEUE_SIZE"),
    maxExportBatchSize: readPositive("OTEL_BSP_MAX_EXPORT_BATCH_SIZE"),
    scheduledDelayMillis: readPositive("OTEL_BSP_SCHEDULE_DELAY"),
    exportTimeoutMillis: readPositive("OTEL_BSP_EXPORT_TIMEOUT"),
  });
}

/** Sends metrics at intervals, by OTLP over HTTP with protobuf. `OTEL_METRIC_EXPORT_*` says how often. */
export function otlpMetricReader(
  packages: SdkPackages,
  option: ResolvedNodeTelemetryOptions["otlp"],
  metricProducers: MetricProducers,
): MetricReader {
  const { OTLPMetricExporter } = packages.load("@opentelemetry/exporter-metrics-otlp-proto");
  const { PeriodicExportingMetricReader } = packages.load("@opentelemetry/sdk-metrics");
  const intervalMs = readPositive("OTEL_METRIC_EXPORT_INTERVAL") ?? 60_000;
  return new PeriodicExportingMetricReader({
    metricProducers,
    exporter: new OTLPMetricExporter(target(option, "metrics")),
    exportIntervalMillis: intervalMs,
    exportTimeoutMillis: Math.min(readPositive("OTEL_METRIC_EXPORT_TIMEOUT") ?? 30_000, intervalMs),
  });
}

// What is left out here the exporters take from OTEL_EXPORTER_OTLP_*.
function target(
  option: ResolvedNodeTelemetryOptions["otlp"],
  signal: Signal,
): { url?: string; headers?: Record<string, string> } {
  const { url, headers }: OtlpOptions = typeof option === "object" ? option : {};
  return {
    ...(url === undefined ? {} : { url: `${url.replace(/\/+$/, "")}/v1/${signal}` }),
    ...(headers === undefined ? {} : { headers: { ...headers } }),
  };
}
