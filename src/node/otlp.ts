import type { OtelTemporality } from "../exporters/otel/index.ts";
import type { PluginContext } from "../plugin/index.ts";
import { readDelayMs, readList, readPositive, readVariable } from "./environment.ts";
import { otlpProtocols } from "./options.ts";
import type { OtlpOptions, OtlpProtocol, ResolvedNodeTelemetryOptions } from "./options.ts";
import type {
  MetricProducers,
  MetricReader,
  OtlpTarget,
  SdkPackages,
  SpanProcessor,
} from "./sdk-packages.ts";

type Signal = "traces" | "metrics";
type Option = ResolvedNodeTelemetryOptions["otlp"];

/** Whether a signal goes out by OTLP: as the option says, else as the environment asks; `none` there always wins. */
export function otlpIsWanted(option: Option, signal: Signal): boolean {
  const exporters = readList(`OTEL_${signal.toUpperCase()}_EXPORTER`);
  if (exporters?.includes("none") === true) return false;
  if (option !== undefined) return option !== false && (signal === "traces" || option.metrics !== false);
  return exporters === undefined ? hasEndpoint(signal) : exporters.includes("otlp");
}

/** Whether the environment alone says what becomes of spans, in any way that the SDK knows. */
export function environmentSendsSpans(option: Option): boolean {
  const exporters = readList("OTEL_TRACES_EXPORTER");
  if (option !== undefined || exporters?.includes("none") === true) return false;
  return exporters !== undefined || hasEndpoint("traces");
}

function hasEndpoint(signal: Signal): boolean {
  const names = ["OTEL_EXPORTER_OTLP_ENDPOINT", `OTEL_EXPORTER_OTLP_${signal.toUpperCase()}_ENDPOINT`];
  return names.some((name) => readVariable(name) !== undefined);
}

/** Sends spans in batches, by OTLP. `OTEL_BSP_*` says how often and how many. */
export function otlpSpanProcessor(
  packages: SdkPackages,
  option: Option,
  diag: PluginContext["diag"],
): SpanProcessor {
  const protocol = protocolOf(option, "traces", diag);
  const { OTLPTraceExporter } = packages.load(spanExporters[protocol]);
  const { BatchSpanProcessor } = packages.load("@opentelemetry/sdk-trace");
  return new BatchSpanProcessor({
    exporter: new OTLPTraceExporter(target(packages, option, "traces", protocol)),
    maxQueueSize: readPositive("OTEL_BSP_MAX_QUEUE_SIZE"),
    maxExportBatchSize: readPositive("OTEL_BSP_MAX_EXPORT_BATCH_SIZE"),
    scheduledDelayMillis: readDelayMs("OTEL_BSP_SCHEDULE_DELAY"),
    exportTimeoutMillis: readDelayMs("OTEL_BSP_EXPORT_TIMEOUT"),
  });
}

/** Sends metrics at intervals, by OTLP. `OTEL_METRIC_EXPORT_*` says how often. */
export function otlpMetricReader(
  packages: SdkPackages,
  option: Option,
  metricProducers: MetricProducers,
  diag: PluginContext["diag"],
): MetricReader {
  const protocol = protocolOf(option, "metrics", diag);
  const { OTLPMetricExporter } = packages.load(metricExporters[protocol]);
  const temporality = typeof option === "object" ? option.temporality : undefined;
  return periodicReader(packages, metricProducers, () => {
    const where = target(packages, option, "metrics", protocol);
    if (temporality === undefined) return new OTLPMetricExporter(where);
    return new OTLPMetricExporter({ ...where, temporalityPreference: temporality === "delta" ? 0 : 1 });
  });
}

/** Writes metrics to the console at intervals, for looking at them. */
export function consoleMetricReader(packages: SdkPackages, metricProducers: MetricProducers): MetricReader {
  const { ConsoleMetricExporter } = packages.load("@opentelemetry/sdk-metrics");
  return periodicReader(packages, metricProducers, () => new ConsoleMetricExporter());
}

function periodicReader(
  packages: SdkPackages,
  metricProducers: MetricProducers,
  makeExporter: () => object,
): MetricReader {
  const { PeriodicExportingMetricReader } = packages.load("@opentelemetry/sdk-metrics");
  const intervalMs = readDelayMs("OTEL_METRIC_EXPORT_INTERVAL") ?? 60_000;
  return new PeriodicExportingMetricReader({
    metricProducers,
    exporter: makeExporter(),
    exportIntervalMillis: intervalMs,
    exportTimeoutMillis: Math.min(readDelayMs("OTEL_METRIC_EXPORT_TIMEOUT") ?? 30_000, intervalMs),
  });
}

/**
 * What counts that are sent by OTLP are to be: as the option or the environment says. `lowmemory` there is about what the
 * SDK must remember; cumulative counts are what takes none here.
 */
export function otlpTemporality(option: Option): OtelTemporality {
  const asked = typeof option === "object" ? option.temporality : undefined;
  if (asked !== undefined) return asked;
  const preference = readVariable("OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE");
  return preference?.toLowerCase() === "delta" ? "delta" : "cumulative";
}

const spanExporters = {
  "http/protobuf": "@opentelemetry/exporter-trace-otlp-proto",
  "http/json": "@opentelemetry/exporter-trace-otlp-http",
  grpc: "@opentelemetry/exporter-trace-otlp-grpc",
} as const satisfies Record<OtlpProtocol, string>;

const metricExporters = {
  "http/protobuf": "@opentelemetry/exporter-metrics-otlp-proto",
  "http/json": "@opentelemetry/exporter-metrics-otlp-http",
  grpc: "@opentelemetry/exporter-metrics-otlp-grpc",
} as const satisfies Record<OtlpProtocol, string>;

function protocolOf(option: Option, signal: Signal, diag: PluginContext["diag"]): OtlpProtocol {
  if (typeof option === "object" && option.protocol !== undefined) return option.protocol;
  const asked =
    readVariable(`OTEL_EXPORTER_OTLP_${signal.toUpperCase()}_PROTOCOL`) ??
    readVariable("OTEL_EXPORTER_OTLP_PROTOCOL");
  const protocol = otlpProtocols.find((known) => known === asked?.toLowerCase());
  if (asked !== undefined && protocol === undefined)
    diag.warn(`nodeTelemetry(): OTLP knows no protocol ${JSON.stringify(asked)}: http/protobuf is used`);
  return protocol ?? "http/protobuf";
}

// What is left out here the exporters take from OTEL_EXPORTER_OTLP_*.
function target(packages: SdkPackages, option: Option, signal: Signal, protocol: OtlpProtocol): OtlpTarget {
  const { url, headers }: OtlpOptions = typeof option === "object" ? option : {};
  if (protocol === "grpc") {
    const where = url === undefined ? {} : { url };
    if (headers === undefined) return where;
    const { Metadata } = packages.load("@grpc/grpc-js");
    const metadata = new Metadata();
    for (const [name, value] of Object.entries(headers)) metadata.set(name, value);
    return { ...where, metadata };
  }
  return {
    ...(url === undefined ? {} : { url: `${url.replace(/\/+$/, "")}/v1/${signal}` }),
    ...(headers === undefined ? {} : { headers: { ...headers } }),
  };
}
