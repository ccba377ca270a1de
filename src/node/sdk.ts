import type { IncomingMessage, ServerResponse } from "node:http";
import type { NodeSDK, NodeSDKConfiguration } from "@opentelemetry/sdk-node";
import type { PluginContext } from "../plugin/index.ts";
import { readList, readVariable } from "./environment.ts";
import { isPort } from "./options.ts";
import type { PrometheusOptions, ResolvedNodeTelemetryOptions } from "./options.ts";
import { environmentSendsSpans, otlpIsWanted, otlpMetricReader, otlpSpanProcessor } from "./otlp.ts";
import { PrometheusServer } from "./prometheus-server.ts";
import { registerGlobals, tracingIsTaken } from "./sdk-globals.ts";
import { loadSdk } from "./sdk-packages.ts";
import type { MetricProducers, MetricReader, SdkPackages } from "./sdk-packages.ts";

const DEFAULT_HOST = "127.0.0.1";
const DEFAULT_PORT = 9_464;
const LOGS_VARIABLE = "OTEL_LOGS_EXPORTER";
const TEXT_TYPE = "text/plain; version=0.0.4; charset=utf-8";

/** The SDK of one process, started. */
export class RunningSdk {
  readonly #sdk: NodeSDK;
  readonly #unregister: () => void;
  readonly #server: PrometheusServer | undefined;

  constructor(sdk: NodeSDK, unregister: () => void, server: PrometheusServer | undefined) {
    this.#sdk = sdk;
    this.#unregister = unregister;
    this.#server = server;
  }

  get metricsUrl(): string | undefined {
    return this.#server?.url;
  }

  /** Settles when Prometheus can scrape, at once when it is not meant to. */
  async listen(): Promise<void> {
    await this.#server?.listen();
  }

  /** Sends what has not been sent and closes everything. Rejects when the last export failed. */
  async shutdown(): Promise<void> {
    this.#unregister();
    await Promise.all([this.#server?.close(), this.#sdk.shutdown()]);
  }
}

/**
 * Starts the SDK with what was asked for and nothing else: left to itself it would export everything by OTLP. Gives
 * `undefined` when `OTEL_SDK_DISABLED` says so.
 */
export function startSdk(
  options: ResolvedNodeTelemetryOptions,
  metricProducers: MetricProducers,
  diag: PluginContext["diag"],
): RunningSdk | undefined {
  if (readVariable("OTEL_SDK_DISABLED")?.toLowerCase() === "true") return undefined;
  const packages = loadSdk();
  const prometheus = prometheusRoute(packages, options.prometheus, metricProducers);
  const metricReaders: MetricReader[] = prometheus === undefined ? [] : [prometheus.reader];
  if (otlpIsWanted(options.otlp, "metrics")) {
    metricReaders.push(otlpMetricReader(packages, options.otlp, metricProducers));
  }
  const sdk = new packages.main.NodeSDK({
    metricReaders,
    ...tracing(packages, options, diag),
    ...(options.serviceName === undefined ? {} : { serviceName: options.serviceName }),
    ...detectors(packages),
  });
  const unregister = registerGlobals(() => withoutLogs(() => sdk.start()));
  return new RunningSdk(sdk, unregister, prometheus?.server);
}

function tracing(
  packages: SdkPackages,
  options: ResolvedNodeTelemetryOptions,
  diag: PluginContext["diag"],
): Partial<NodeSDKConfiguration> {
  const spanProcessors = [...options.spanProcessors];
  if (tracingIsTaken()) {
    diag.warn(
      "nodeTelemetry(): an OpenTelemetry SDK is registered already, so spans go there; give openTelemetry() to the " +
        "tracker instead, or let nodeTelemetry() start the SDK",
    );
    return { spanProcessors: [] };
  }
  if (spanProcessors.length === 0 && environmentSendsSpans(options.otlp)) return {};
  if (otlpIsWanted(options.otlp, "traces")) spanProcessors.push(otlpSpanProcessor(packages, options.otlp));
  return { spanProcessors };
}

// Left to itself the SDK exports logs by OTLP, and told to use no processors it still takes the place of the logger
// provider that the user may register. Only this variable makes it leave logs alone, and it is read during the start.
function withoutLogs(start: () => void): void {
  const given = process.env[LOGS_VARIABLE];
  if (readVariable(LOGS_VARIABLE) !== undefined) return start();
  process.env[LOGS_VARIABLE] = "none";
  try {
    start();
  } finally {
    if (given === undefined) delete process.env[LOGS_VARIABLE];
    else process.env[LOGS_VARIABLE] = given;
  }
}

// The SDK's default also puts the command line into the resource, which `target_info` would show to whoever can scrape.
function detectors(packages: SdkPackages): Partial<NodeSDKConfiguration> {
  if (readVariable("OTEL_NODE_RESOURCE_DETECTORS") !== undefined) return {};
  const { envDetector, hostDetector } = packages.load("@opentelemetry/resources");
  return { resourceDetectors: [envDetector, hostDetector] };
}

interface PrometheusRoute {
  readonly reader: MetricReader;
  readonly server: PrometheusServer;
}

function prometheusRoute(
  packages: SdkPackages,
  option: PrometheusOptions | false,
  metricProducers: MetricProducers,
): PrometheusRoute | undefined {
  if (option === false || readList("OTEL_METRICS_EXPORTER")?.includes("none") === true) return undefined;
  const { host, port } = option;
  const { PrometheusExporter } = packages.load("@opentelemetry/exporter-prometheus");
  // The exporter's own server takes port 0 for the default and cannot say where it listens.
  const reader = new PrometheusExporter({
    metricProducers,
    withoutScopeInfo: true,
    preventServerStart: true,
  });
  const server = new PrometheusServer(
    host ?? readVariable("OTEL_EXPORTER_PROMETHEUS_HOST") ?? DEFAULT_HOST,
    port ?? portFromEnvironment() ?? DEFAULT_PORT,
    (request: IncomingMessage, response: ServerResponse) => {
      reader.getMetricsRequestHandler(request, response);
      response.setHeader("content-type", TEXT_TYPE);
    },
  );
  return { reader, server };
}

function portFromEnvironment(): number | undefined {
  const port = Number(readVariable("OTEL_EXPORTER_PROMETHEUS_PORT") ?? Number.NaN);
  return isPort(port) ? port : undefined;
}
