export type {
  MetricProducerOptions,
  OtelCollectionResult,
  OtelDataPoint,
  OtelHistogram,
  OtelMetricData,
  OtelMetricProducer,
  OtelResource,
  OtelTemporality,
} from "./metric-model.ts";
export { openTelemetry } from "./open-telemetry.ts";
export type { OpenTelemetryPlugin } from "./open-telemetry.ts";
export type { InstrumentOptions, OpenTelemetryChanges, OpenTelemetryOptions } from "./options.ts";
