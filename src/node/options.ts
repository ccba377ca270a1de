import { checkBoolean, InvalidOptionError, readOptions } from "../errors/index.ts";
import type { SpanProcessor } from "./sdk-packages.ts";

/** Where Prometheus finds the metrics. */
export interface PrometheusOptions {
  /** The address to listen on. Default `OTEL_EXPORTER_PROMETHEUS_HOST`, else `127.0.0.1`. */
  readonly host?: string | undefined;
  /** The port to listen on; 0 takes a free one. Default `OTEL_EXPORTER_PROMETHEUS_PORT`, else 9464. */
  readonly port?: number | undefined;
}

/** Where OTLP goes, over HTTP with protobuf. */
export interface OtlpOptions {
  /** The base address, as in `http://collector:4318`: `/v1/traces` and `/v1/metrics` are appended. Default `OTEL_EXPORTER_OTLP_*`. */
  readonly url?: string | undefined;
  /** Sent along with each export, over those of `OTEL_EXPORTER_OTLP_HEADERS`. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Whether metrics are sent too (default true). Trace stores such as Tempo and Jaeger take only spans. */
  readonly metrics?: boolean | undefined;
}

/** Options of `nodeTelemetry`. */
export interface NodeTelemetryOptions {
  /** The resource's `service.name`. Default `OTEL_SERVICE_NAME`. */
  readonly serviceName?: string | undefined;
  /** A `/metrics` endpoint for Prometheus. Default: on, at 127.0.0.1:9464. `false`: none. */
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
}

/** Options checked, with every default filled in that does not come from the environment. */
export interface ResolvedNodeTelemetryOptions {
  readonly serviceName: string | undefined;
  readonly prometheus: PrometheusOptions | false;
  /** `undefined`: as the environment asks. */
  readonly otlp: OtlpOptions | false | undefined;
  readonly spans: boolean;
  readonly spanProcessors: readonly SpanProcessor[];
}

const known = new Set<string>([
  "serviceName",
  "prometheus",
  "otlp",
  "spans",
  "spanProcessors",
] satisfies (keyof NodeTelemetryOptions)[]);
const knownOfPrometheus = new Set<string>(["host", "port"] satisfies (keyof PrometheusOptions)[]);
const knownOfOtlp = new Set<string>(["url", "headers", "metrics"] satisfies (keyof OtlpOptions)[]);

/** Checks what a user gave as options. */
export function readNodeTelemetryOptions(given: unknown): ResolvedNodeTelemetryOptions {
  const { serviceName, prometheus, otlp, spans, spanProcessors } = readOptions("nodeTelemetry", given, known);
  return {
    serviceName: serviceName === undefined ? undefined : checkText("nodeTelemetry.serviceName", serviceName),
    prometheus: prometheus !== false && readPrometheus(prometheus === true ? undefined : prometheus),
    otlp: typeof otlp === "boolean" ? otlp && {} : otlp === undefined ? undefined : readOtlp(otlp),
    spans: spans === undefined || checkBoolean("nodeTelemetry.spans", spans),
    spanProcessors: spanProcessors === undefined ? [] : checkProcessors(spanProcessors),
  };
}

function readPrometheus(given: unknown): PrometheusOptions {
  const { host, port } = readOptions("nodeTelemetry.prometheus", given, knownOfPrometheus);
  if (port !== undefined && !isPort(port)) {
    throw new InvalidOptionError("nodeTelemetry.prometheus.port", port, "a port number from 0 to 65535");
  }
  return { host: host === undefined ? undefined : checkText("nodeTelemetry.prometheus.host", host), port };
}

function readOtlp(given: unknown): OtlpOptions {
  const { url, headers, metrics } = readOptions("nodeTelemetry.otlp", given, knownOfOtlp);
  return {
    url: url === undefined ? undefined : checkUrl("nodeTelemetry.otlp.url", url),
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
