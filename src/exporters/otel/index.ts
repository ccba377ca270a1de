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
export type { TailSamplingOptions, TailTypeOptions } from "./tail-options.ts";
export { tailSampler } from "./tail-sampler.ts";
export type {
  EndedSpan,
  StartingSpan,
  TailSampler,
  TailSamplingCounts,
  TailSpanProcessor,
} from "./tail-sampler.ts";
