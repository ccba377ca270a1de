import type { NodeSDKConfiguration } from "@opentelemetry/sdk-node";
import { tailSampler } from "../exporters/otel/index.ts";
import type { PluginContext } from "../plugin/index.ts";
import { readList } from "./environment.ts";
import type { ResolvedNodeTelemetryOptions } from "./options.ts";
import { environmentSendsSpans, otlpIsWanted, otlpSpanProcessor } from "./otlp.ts";
import { tracingIsTaken } from "./sdk-globals.ts";
import type { SdkPackages, SpanProcessor } from "./sdk-packages.ts";
import { together } from "./span-takers.ts";

type Diag = PluginContext["diag"];

/** What becomes of spans, as configuration of the SDK; an empty one leaves it to the environment. */
export function spanRoute(
  packages: SdkPackages,
  options: ResolvedNodeTelemetryOptions,
  diag: Diag,
): Partial<NodeSDKConfiguration> {
  const { otlp, tailSampling } = options;
  if (tracingIsTaken()) {
    diag.warn(
      "nodeTelemetry(): an OpenTelemetry SDK is registered already, so spans go there; give openTelemetry() to the " +
        "tracker instead, or let nodeTelemetry() start the SDK",
    );
    return { spanProcessors: [] };
  }
  const spanProcessors = [...options.spanProcessors];
  if (spanProcessors.length === 0 && environmentSendsSpans(otlp)) {
    if (tailSampling === undefined) {
      warnOfUnknown(diag);
      return {};
    }
    spanProcessors.push(...processorsOfEnvironment(packages, diag));
  } else if (otlpIsWanted(otlp, "traces")) spanProcessors.push(otlpSpanProcessor(packages, otlp, diag));
  if (tailSampling === undefined || spanProcessors.length === 0) return { spanProcessors };
  return { spanProcessors: [tailSampler(together(spanProcessors), tailSampling)] };
}

const knownExporters = new Set(["otlp", "console", "zipkin", "none"]);

/** The SDK leaves out what it does not know, and says so to its own diagnostics alone. */
function warnOfUnknown(diag: Diag): void {
  for (const name of readList("OTEL_TRACES_EXPORTER") ?? []) {
    if (!knownExporters.has(name))
      diag.warn(`nodeTelemetry(): OTEL_TRACES_EXPORTER names ${JSON.stringify(name)}, which is unknown`);
  }
}

/** What the SDK would make by itself, but for what `tailSampling` cannot stand before. */
function processorsOfEnvironment(packages: SdkPackages, diag: Diag): SpanProcessor[] {
  return (readList("OTEL_TRACES_EXPORTER") ?? ["otlp"]).flatMap((name) => {
    if (name === "otlp") return [otlpSpanProcessor(packages, undefined, diag)];
    if (name === "console") {
      const { ConsoleSpanExporter, SimpleSpanProcessor } = packages.load("@opentelemetry/sdk-trace");
      return [new SimpleSpanProcessor({ exporter: new ConsoleSpanExporter() })];
    }
    diag.warn(
      `nodeTelemetry(): OTEL_TRACES_EXPORTER names ${JSON.stringify(name)}, which tailSampling does not know: ` +
        "give it in spanProcessors",
    );
    return [];
  });
}
