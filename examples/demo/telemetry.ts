import type { NodeTelemetryPlugin } from "taskscope/node";
import type { DemoOptions } from "./options.ts";

/** OpenTelemetry as the options ask for it: spans over OTLP, a /metrics route of its own, both, or `undefined`. */
export async function openTelemetry(options: DemoOptions): Promise<NodeTelemetryPlugin | undefined> {
  const { tracesUrl, otelPort, host } = options;
  if (tracesUrl === undefined && otelPort === undefined) return undefined;
  // Only now: who does not ask for it need not have its packages.
  const { nodeTelemetry } = await import("taskscope/node");
  return nodeTelemetry({
    serviceName: "taskscope-demo",
    prometheus: otelPort === undefined ? false : { host, port: otelPort },
    otlp: tracesUrl === undefined ? false : { url: tracesUrl, metrics: false },
  });
}
