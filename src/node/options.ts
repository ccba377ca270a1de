import {
  checkBoolean,
  checkDurationMs,
  checkWord,
  InvalidOptionError,
  readOptions,
} from "../errors/index.ts";
import { tailSampler } from "../exporters/otel/index.ts";
import type { OpenTelemetryOptions, OtelTemporality, TailSamplingOptions } from "../exporters/otel/index.ts";
import type { SpanProcessor } from "./sdk-packages.ts";

/** Where Prometheus finds the metrics. */
export interface PrometheusOptions {
  /** The address to listen on. Default `OTEL_EXPORTER_PROMETHEUS_HOST`, else `127.0.0.1`. */
  readonly host?: string | undefined;
  /** The port to listen on; 0 takes a free one. Default `OTEL_EXPORTER_PROMETHEUS_PORT`, else 9464. */
  readonly port?: number | undefined;
}

/** How OTLP travels: over HTTP or gRPC. */
export type OtlpProtocol = "http/protobuf" | "http/json" | "grpc";

/** Where OTLP goes, and how. */
export interface OtlpOptions {
  /**
   * The base address, as in `http://collector:4318` (over gRPC `http://collector:4317`, `https` for TLS): over HTTP,
   * `/v1/traces` and `/v1/metrics` are appended. Default `OTEL_EXPORTER_OTLP_*`.
   */
  readonly url?: string | undefined;
  /** Default `OTEL_EXPORTER_OTLP_PROTOCOL` or that of the signal, else `http/protobuf`. */
  readonly protocol?: OtlpProtocol | undefined;
  /** Sent along with each export, over those of `OTEL_EXPORTER_OTLP_HEADERS`. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Whether metrics are sent too (default true). Trace stores such as Tempo and Jaeger take only spans. */
  readonly metrics?: boolean | undefined;
  /**
   * Whether counts are since the start or since the last export. Default: what
   * `OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE` says, if that is `delta`, else cumulative.
   */
  readonly temporality?: OtelTemporality | undefined;
}

/** Options of `nodeTelemetry`. */
export interface NodeTelemetryOptions {
  /** The resource's `service.name`. Default `OTEL_SERVICE_NAME`. */
  readonly serviceName?: string | undefined;
  /**
   * A `/metrics` endpoint for Prometheus. Default: on, at 127.0.0.1:9464, unless `OTEL_METRICS_EXPORTER` names others.
   * `false`: none.
   */
  readonly prometheus?: PrometheusOptions | boolean | undefined;
  /**
   * Export of spans and metrics by OTLP. Default: on when the environment asks (`OTEL_EXPORTER_OTLP_ENDPOINT` or one of its
   * kind, or `otlp` in `OTEL_TRACES_EXPORTER` or `OTEL_METRICS_EXPORTER`), else off.
   */
  readonly otlp?: OtlpOptions | boolean | undefined;
  /** Whether tasks get spans. Default true. Spans are made only if something takes them. */
  readonly spans?: boolean | undefined;
  /** Further takers of spans, for example another vendor's processor. */
  readonly spanProcessors?: readonly SpanProcessor[] | undefined;
  /** Keeps only traces worth keeping, for all takers: see `tailSampler` of `taskscope/otel`. Default: all are kept. */
  readonly tailSampling?: TailSamplingOptions | undefined;
  /** As in `openTelemetry`: whether spans say where their task was spawned. Default true. */
  readonly spawnSite?: boolean | undefined;
  /** As in `openTelemetry`: after how many milliseconds an unfinished task gets a pending span. Default: never. */
  readonly pendingAfterMs?: number | undefined;
}

/** Options checked, with every default filled in that does not come from the environment. */
export interface ResolvedNodeTelemetryOptions {
  readonly serviceName: string | undefined;
  /** `undefined`: as the environment asks. */
  readonly prometheus: PrometheusOptions | false | undefined;
  /** `undefined`: as the environment asks. */
  readonly otlp: OtlpOptions | false | undefined;
  readonly spanProcessors: readonly SpanProcessor[];
  readonly tailSampling: TailSamplingOptions | undefined;
  /** What the plugin within is made with. */
  readonly plugin: OpenTelemetryOptions;
}

const known = new Set<string>([
  "serviceName",
  "prometheus",
  "otlp",
  "spans",
  "spanProcessors",
  "tailSampling",
  "spawnSite",
  "pendingAfterMs",
] satisfies (keyof NodeTelemetryOptions)[]);
const knownOfPrometheus = new Set<string>(["host", "port"] satisfies (keyof PrometheusOptions)[]);
const knownOfOtlp = new Set<string>([
  "url",
  "protocol",
  "headers",
  "metrics",
  "temporality",
] satisfies (keyof OtlpOptions)[]);
/** The protocols that there are. */
export const otlpProtocols: readonly OtlpProtocol[] = ["http/protobuf", "http/json", "grpc"];
const temporalities: readonly OtelTemporality[] = ["cumulative", "delta"];

/** Checks what a user gave as options. */
export function readNodeTelemetryOptions(given: unknown): ResolvedNodeTelemetryOptions {
  const bag = readOptions("nodeTelemetry", given, known);
  const { serviceName, prometheus, otlp, spans, spawnSite, pendingAfterMs, spanProcessors } = bag;
  return {
    serviceName: serviceName === undefined ? undefined : checkText("nodeTelemetry.serviceName", serviceName),
    prometheus: typeof prometheus === "boolean" ? prometheus && {} : readPrometheus(prometheus),
    otlp: typeof otlp === "boolean" ? otlp && {} : otlp === undefined ? undefined : readOtlp(otlp),
    spanProcessors: spanProcessors === undefined ? [] : checkProcessors(spanProcessors),
    tailSampling: bag["tailSampling"] === undefined ? undefined : checkTailSampling(bag["tailSampling"]),
    plugin: {
      spans: spans === undefined || checkBoolean("nodeTelemetry.spans", spans),
      spawnSite: spawnSite === undefined || checkBoolean("nodeTelemetry.spawnSite", spawnSite),
      pendingAfterMs:
        pendingAfterMs === undefined
          ? undefined
          : checkDurationMs("nodeTelemetry.pendingAfterMs", pendingAfterMs),
    },
  };
}

function readPrometheus(given: unknown): PrometheusOptions | undefined {
  if (given === undefined) return undefined;
  const { host, port } = readOptions("nodeTelemetry.prometheus", given, knownOfPrometheus);
  if (port !== undefined && !isPort(port)) {
    throw new InvalidOptionError("nodeTelemetry.prometheus.port", port, "a port number from 0 to 65535");
  }
  return { host: host === undefined ? undefined : checkText("nodeTelemetry.prometheus.host", host), port };
}

function readOtlp(given: unknown): OtlpOptions {
  const path = "nodeTelemetry.otlp";
  const { url, protocol, headers, metrics, temporality } = readOptions(path, given, knownOfOtlp);
  return {
    url: url === undefined ? undefined : checkUrl("nodeTelemetry.otlp.url", url),
    protocol: protocol === undefined ? undefined : checkWord(`${path}.protocol`, protocol, otlpProtocols),
    temporality:
      temporality === undefined ? undefined : checkWord(`${path}.temporality`, temporality, temporalities),
    headers: headers === undefined ? undefined : checkHeaders("nodeTelemetry.otlp.headers", headers),
    metrics: metrics === undefined || checkBoolean("nodeTelemetry.otlp.metrics", metrics),
  };
}

/** Whether a value is a number that can be listened on. */
export function isPort(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) <= 65_535;
}

function checkText(option: string, value: unknown): string {
  if (typeof value === "string" && value !== "") return value;
  throw new InvalidOptionError(option, value, "a string that is not empty");
}

function checkUrl(option: string, value: unknown): string {
  if (typeof value === "string" && URL.canParse(value) && /^https?:/i.test(value)) return value;
  throw new InvalidOptionError(option, value, "an http or https URL");
}

// Headers carry credentials: what was given stays out of the message.
function checkHeaders(option: string, value: unknown): Readonly<Record<string, string>> {
  const isWhole =
    typeof value === "object" &&
    value !== null &&
    Object.values(value).every((each) => typeof each === "string");
  if (isWhole) return value as Readonly<Record<string, string>>;
  throw new InvalidOptionError(option, Object(value), "an object of strings");
}

function checkProcessors(value: unknown): readonly SpanProcessor[] {
  const isWhole =
    Array.isArray(value) &&
    value.every((each) => typeof (each as Partial<SpanProcessor> | null)?.onEnd === "function");
  if (isWhole) return value as readonly SpanProcessor[];
  throw new InvalidOptionError(
    "nodeTelemetry.spanProcessors",
    value,
    "an array of SpanProcessors of OpenTelemetry",
  );
}

/** Its own options are checked where it is made: here it stands before nothing. */
function checkTailSampling(value: unknown): TailSamplingOptions {
  const nothing = {
    onStart: () => {},
    onEnd: () => {},
    forceFlush: () => Promise.resolve(),
    shutdown: () => Promise.resolve(),
  };
  tailSampler(nothing, value as TailSamplingOptions);
  return value as TailSamplingOptions;
}
