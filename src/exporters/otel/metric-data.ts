import { ValueType } from "@opentelemetry/api";
import type { HrTime } from "@opentelemetry/api";
import type { MetricFamily, MetricSample } from "../../plugin/index.ts";
import type { OtelDataPoint, OtelHistogram, OtelMetricData } from "./metric-model.ts";

/** Epoch milliseconds as OpenTelemetry's pair of seconds and nanoseconds. */
export function toHrTime(epochMs: number): HrTime {
  const seconds = Math.floor(epochMs / 1_000);
  return [seconds, Math.round((epochMs - seconds * 1_000) * 1_000_000)];
}

/**
 * A metric in the shape of the SDK; `isDelta` says what its numbers are. Gauges that add up are sums that may fall (Prometheus shows both as gauges), so that
 * backends add them up too; the others are gauges.
 */
export function toMetricData(
  family: MetricFamily,
  isDelta: boolean,
  startTime: HrTime,
  endTime: HrTime,
): OtelMetricData {
  const { row, name, samples } = family;
  const valueType = row.unit === "s" ? ValueType.DOUBLE : ValueType.INT;
  const base = {
    descriptor: { name, description: row.help, unit: row.unit, valueType },
    aggregationTemporality: isDelta ? 0 : 1,
  } as const;
  const point = <T>(sample: MetricSample, value: T): OtelDataPoint<T> => ({
    startTime,
    endTime: isBefore(endTime, startTime) ? startTime : endTime,
    attributes: sample.labels,
    value,
  });
  const numbers = (): OtelDataPoint<number>[] => samples.map((sample) => point(sample, sample.value));
  switch (row.type) {
    case "counter":
      return { ...base, dataPointType: 3, isMonotonic: true, dataPoints: numbers() };
    case "gauge":
      return row.merge === "sum"
        ? { ...base, dataPointType: 3, isMonotonic: false, dataPoints: numbers() }
        : { ...base, dataPointType: 2, dataPoints: numbers() };
    case "histogram":
      return {
        ...base,
        dataPointType: 0,
        dataPoints: samples.map((sample) => point(sample, toHistogram(sample))),
      };
  }
}

function toHistogram({ histogram }: MetricSample): OtelHistogram {
  return {
    buckets: { boundaries: [...(histogram?.bounds ?? [])], counts: [...(histogram?.counts ?? [0])] },
    sum: histogram?.sum ?? 0,
    count: histogram?.count ?? 0,
  };
}

// The machine's clock may have been set back since the start.
function isBefore(a: HrTime, b: HrTime): boolean {
  return a[0] < b[0] || (a[0] === b[0] && a[1] < b[1]);
}
