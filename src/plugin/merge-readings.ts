import { metrics } from "../metrics/index.ts";
import type { MetricReading } from "../stats/index.ts";
import { mergeNumbers } from "./merge-values.ts";

/** Readings of one metric with the same labels as one, by the merge rule of the metric; where the first of them stood. */
export function mergeReadings(readings: Iterable<MetricReading>): MetricReading[] {
  const merged = new Map<string, MetricReading>();
  for (const reading of readings) {
    const key = JSON.stringify([reading.metric, ...Object.values(reading.labels)]);
    const other = merged.get(key);
    const { merge } = metrics[reading.metric];
    merged.set(
      key,
      other === undefined ? reading : { ...other, value: mergeNumbers(merge, other.value, reading.value) },
    );
  }
  return [...merged.values()];
}
