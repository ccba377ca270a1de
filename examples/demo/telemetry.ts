import { nodeTelemetry } from "taskscope/node";
import type { NodeTelemetryPlugin } from "taskscope/node";
import type { DemoOptions } from "./options.ts";

/** OpenTelemetry as the options ask for it: spans over OTLP, a /metrics route of its own, both, or `undefined`. */
export function openTelemetry({ tracesUrl, otelPort, host }: DemoOptions): NodeTelemetryPlugin | undefined {
  if (tracesUrl === undefined && otelPort === undefined) return undefined;
  return nodeTelemetry({
    serviceName: "taskscope-demo",
    prometheus: otelPort === undefined ? false : { host, port: otelPort },
    otlp: tracesUrl === undefined ? false : { url: tracesUrl, metrics: false },
  });
}
