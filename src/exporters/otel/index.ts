export type {
  OtelCollectionResult,
  OtelDataPoint,
  OtelHistogram,
  OtelMetricData,
  OtelMetricProducer,
  OtelResource,
} from "./metric-model.ts";
export { openTelemetry } from "./open-telemetry.ts";
export type { OpenTelemetryPlugin } from "./open-telemetry.ts";
export type { OpenTelemetryOptions } from "./options.ts";
