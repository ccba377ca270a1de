import type { Attributes, HrTime, ValueType } from "@opentelemetry/api";

/** A histogram of OpenTelemetry with explicit bucket boundaries. */
export interface OtelHistogram {
  buckets: { boundaries: number[]; counts: number[] };
  sum: number;
  count: number;
}

/** One value of a metric in OpenTelemetry. */
export interface OtelDataPoint<T> {
  readonly startTime: HrTime;
  readonly endTime: HrTime;
  readonly attributes: Attributes;
  readonly value: T;
}

interface OtelMetricBase {
  readonly descriptor: {
    readonly name: string;
    readonly description: string;
    readonly unit: string;
    readonly valueType: ValueType;
  };
  /** 0: delta; 1: cumulative. */
  readonly aggregationTemporality: 0 | 1;
}

/** One metric with all its values, in the shape of the OpenTelemetry SDK. `dataPointType`: 0 histogram, 2 gauge, 3 sum. */
export type OtelMetricData =
  | (OtelMetricBase & { readonly dataPointType: 0; readonly dataPoints: OtelDataPoint<OtelHistogram>[] })
  | (OtelMetricBase & { readonly dataPointType: 2; readonly dataPoints: OtelDataPoint<number>[] })
  | (OtelMetricBase & {
      readonly dataPointType: 3;
      readonly isMonotonic: boolean;
      readonly dataPoints: OtelDataPoint<number>[];
    });

/** The least a resource of OpenTelemetry is. */
export interface OtelResource {
  readonly attributes: Attributes;
  merge<T>(other: T | null): T;
  getRawAttributes(): [];
}

/** What a collection gives. */
export interface OtelCollectionResult {
  resourceMetrics: {
    resource: OtelResource;
    scopeMetrics: { scope: { readonly name: string; readonly version: string }; metrics: OtelMetricData[] }[];
  };
  errors: unknown[];
}

/** Since when the counts that a reader is handed count: since the tracker was made, or since it was handed the last. */
export type OtelTemporality = "cumulative" | "delta";

/** Options of `metricProducer`. */
export interface MetricProducerOptions {
  /**
   * Default `"cumulative"`, which Prometheus needs and OTLP sends unless told otherwise. With `"delta"`, counters and
   * histograms count since the last collection, and gauges stay as they are, those that add up among them. The reader's
   * own preference does not reach a producer: give the same to both.
   */
  readonly temporality?: OtelTemporality | undefined;
}

/**
 * Hands the numbers to a metric reader, already aggregated. It has the shape of `MetricProducer` of
 * `@opentelemetry/sdk-metrics` 2.x and fits the option `metricProducers` of every reader.
 *
 * The SDK's views, cardinality limits and choice of temporality do not reach it. `collect` takes
 * one snapshot a tracker and never rejects: trouble is in `errors`.
 */
export interface OtelMetricProducer {
  collect(options?: { timeoutMillis?: number }): Promise<OtelCollectionResult>;
}
