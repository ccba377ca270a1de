export { nodeTelemetry } from "./node-telemetry.ts";
export type { NodeTelemetryPlugin } from "./node-telemetry.ts";
export type { NodeTelemetryOptions, OtlpOptions, OtlpProtocol, PrometheusOptions } from "./options.ts";
