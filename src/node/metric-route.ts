import type { IncomingMessage, ServerResponse } from "node:http";
import type { OpenTelemetryPlugin } from "../exporters/otel/index.ts";
import type { PluginContext } from "../plugin/index.ts";
import { readList, readVariable } from "./environment.ts";
import { isPort } from "./options.ts";
import type { PrometheusOptions, ResolvedNodeTelemetryOptions } from "./options.ts";
import { consoleMetricReader, otlpIsWanted, otlpMetricReader, otlpTemporality } from "./otlp.ts";
import { PrometheusServer } from "./prometheus-server.ts";
import type { MetricProducers, MetricReader, SdkPackages } from "./sdk-packages.ts";

const DEFAULT_HOST = "127.0.0.1";
const DEFAULT_PORT = 9_464;
const TEXT_TYPE = "text/plain; version=0.0.4; charset=utf-8";

/** What becomes of metrics. */
export interface MetricRoute {
  readonly metricReaders: MetricReader[];
  /** `undefined` where Prometheus is not meant to scrape. */
  readonly server: PrometheusServer | undefined;
}

/** Makes a reader for each place that metrics go to, each with a producer of its own. */
export function metricRoute(
  packages: SdkPackages,
  { prometheus, otlp }: ResolvedNodeTelemetryOptions,
  plugin: Pick<OpenTelemetryPlugin, "metricProducer">,
  diag: PluginContext["diag"],
): MetricRoute {
  const exporters = readList("OTEL_METRICS_EXPORTER");
  for (const name of exporters ?? []) {
    if (!knownExporters.has(name))
      diag.warn(`nodeTelemetry(): OTEL_METRICS_EXPORTER names ${JSON.stringify(name)}, which is unknown`);
  }
  const metricReaders: MetricReader[] = [];
  let server: PrometheusServer | undefined;
  if (prometheusIsWanted(prometheus, exporters)) {
    const given = prometheus === false ? {} : (prometheus ?? {});
    const scraped = prometheusRoute(packages, given, [plugin.metricProducer()], diag);
    metricReaders.push(scraped.reader);
    ({ server } = scraped);
  }
  if (otlpIsWanted(otlp, "metrics")) {
    const producer = plugin.metricProducer({ temporality: otlpTemporality(otlp) });
    metricReaders.push(otlpMetricReader(packages, otlp, [producer], diag));
  }
  if (exporters?.includes("console") === true && !exporters.includes("none"))
    metricReaders.push(consoleMetricReader(packages, [plugin.metricProducer()]));
  return { metricReaders, server };
}

const knownExporters = new Set(["otlp", "prometheus", "console", "none"]);

function prometheusIsWanted(
  option: ResolvedNodeTelemetryOptions["prometheus"],
  exporters: readonly string[] | undefined,
): boolean {
  if (option === false || exporters?.includes("none") === true) return false;
  return option !== undefined || exporters === undefined || exporters.includes("prometheus");
}

function prometheusRoute(
  packages: SdkPackages,
  { host, port }: PrometheusOptions,
  metricProducers: MetricProducers,
  diag: PluginContext["diag"],
): { readonly reader: MetricReader; readonly server: PrometheusServer } {
  const { PrometheusExporter } = packages.load("@opentelemetry/exporter-prometheus");
  // The exporter's own server takes port 0 for the default and cannot say where it listens.
  const reader = new PrometheusExporter({
    metricProducers,
    withoutScopeInfo: true,
    preventServerStart: true,
  });
  const server = new PrometheusServer(
    host ?? readVariable("OTEL_EXPORTER_PROMETHEUS_HOST") ?? DEFAULT_HOST,
    port ?? portFromEnvironment(diag) ?? DEFAULT_PORT,
    (request: IncomingMessage, response: ServerResponse) => {
      reader.getMetricsRequestHandler(request, response);
      response.setHeader("content-type", TEXT_TYPE);
    },
  );
  return { reader, server };
}

function portFromEnvironment(diag: PluginContext["diag"]): number | undefined {
  const given = readVariable("OTEL_EXPORTER_PROMETHEUS_PORT");
  if (given === undefined) return undefined;
  const port = Number(given);
  if (isPort(port)) return port;
  diag.warn(
    `nodeTelemetry(): OTEL_EXPORTER_PROMETHEUS_PORT is no port from 0 to 65535, but ${JSON.stringify(given)}; ` +
      `taking ${DEFAULT_PORT}`,
  );
  return undefined;
}
