import { createRequire } from "node:module";
import type { ExporterConfig } from "@opentelemetry/exporter-prometheus";
import type { NodeSDKConfiguration } from "@opentelemetry/sdk-node";
import { TaskscopeError } from "../errors/index.ts";

/** Takes spans as they start and end. */
export type SpanProcessor = NonNullable<NodeSDKConfiguration["spanProcessors"]>[number];
/** Sends spans away. */
export type SpanExporter = NodeSDKConfiguration["traceExporter"];

/** Collects metrics, for one destination. */
export type MetricReader = NonNullable<NodeSDKConfiguration["metricReaders"]>[number];
/** Where a reader finds metrics besides those of the SDK's own instruments. */
export type MetricProducers = NonNullable<ExporterConfig["metricProducers"]>;

/** Finds out what the process is. */
type ResourceDetector = NodeSDKConfiguration["resourceDetectors"][number];

/** How `@opentelemetry/sdk-metrics` makes a reader that sends metrics at intervals. Times in milliseconds. */
export interface PeriodicReaderOptions {
  readonly exporter: unknown;
  readonly metricProducers: MetricProducers;
  readonly exportIntervalMillis: number;
  readonly exportTimeoutMillis: number;
}

/** How `@opentelemetry/sdk-trace` makes a processor that sends spans in batches. Times in milliseconds. */
export interface BatchSpanOptions {
  readonly exporter: SpanExporter;
  readonly maxQueueSize: number | undefined;
  readonly maxExportBatchSize: number | undefined;
  readonly scheduledDelayMillis: number | undefined;
  readonly exportTimeoutMillis: number | undefined;
}

/** Where an exporter of OTLP sends to; what is left out it takes from `OTEL_EXPORTER_OTLP_*`. */
export interface OtlpTarget {
  readonly url?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Headers, over gRPC. */
  readonly metadata?: GrpcMetadata;
  /** 0: delta, 1: cumulative. */
  readonly temporalityPreference?: 0 | 1;
}

/** Headers of gRPC. */
export interface GrpcMetadata {
  set(name: string, value: string): void;
}

interface OtlpTraceModule {
  readonly OTLPTraceExporter: new (target: OtlpTarget) => NonNullable<SpanExporter>;
}
interface OtlpMetricModule {
  readonly OTLPMetricExporter: new (target: OtlpTarget) => object;
}

/** What is used of each package besides the SDK's main one. */
interface SdkModules {
  "@opentelemetry/exporter-prometheus": typeof import("@opentelemetry/exporter-prometheus");
  "@opentelemetry/exporter-trace-otlp-proto": OtlpTraceModule;
  "@opentelemetry/exporter-trace-otlp-http": OtlpTraceModule;
  "@opentelemetry/exporter-trace-otlp-grpc": OtlpTraceModule;
  "@opentelemetry/exporter-metrics-otlp-proto": OtlpMetricModule;
  "@opentelemetry/exporter-metrics-otlp-http": OtlpMetricModule;
  "@opentelemetry/exporter-metrics-otlp-grpc": OtlpMetricModule;
  "@grpc/grpc-js": { readonly Metadata: new () => GrpcMetadata };
  "@opentelemetry/resources": {
    readonly envDetector: ResourceDetector;
    readonly hostDetector: ResourceDetector;
  };
  "@opentelemetry/sdk-metrics": {
    readonly PeriodicExportingMetricReader: new (options: PeriodicReaderOptions) => MetricReader;
    readonly ConsoleMetricExporter: new () => object;
  };
  "@opentelemetry/sdk-trace": {
    readonly BatchSpanProcessor: new (options: BatchSpanOptions) => SpanProcessor;
    readonly SimpleSpanProcessor: new (options: { readonly exporter: SpanExporter }) => SpanProcessor;
    readonly ConsoleSpanExporter: new () => SpanExporter;
  };
}

/** The packages of the OpenTelemetry SDK, loaded when asked for. */
export interface SdkPackages {
  readonly main: typeof import("@opentelemetry/sdk-node");
  /** Loads another package of the SDK, in the version that belongs to the main one. */
  load<Name extends keyof SdkModules>(name: Name): SdkModules[Name];
}

/**
 * Loads the SDK, an optional peer; throws `TASKSCOPE_MISSING_PACKAGE` without it. All other packages are dependencies of
 * the SDK and are taken from there, so that the versions fit and the user installs one package.
 */
export function loadSdk(): SdkPackages {
  const require = createRequire(import.meta.url);
  const main = loadFrom([require], "@opentelemetry/sdk-node") as SdkPackages["main"];
  const requireBeside = createRequire(require.resolve("@opentelemetry/sdk-node"));
  return {
    main,
    load: (name) => {
      // Not a dependency of the SDK's own, but of a part of it.
      const places =
        name === "@grpc/grpc-js"
          ? [createRequire(requireBeside.resolve("@opentelemetry/otlp-grpc-exporter-base")), require]
          : [requireBeside, require];
      return loadFrom(places, name) as SdkModules[typeof name];
    },
  };
}

function loadFrom(places: readonly NodeJS.Require[], name: string): unknown {
  let cause: unknown;
  for (const require of places) {
    try {
      return require(name);
    } catch (error) {
      cause ??= error;
    }
  }
  throw new TaskscopeError(
    "TASKSCOPE_MISSING_PACKAGE",
    `nodeTelemetry() could not load ${name}: npm install @opentelemetry/api @opentelemetry/sdk-node`,
    { cause },
  );
}
