import { metrics, pluginMetricKeys } from "../metrics/index.ts";
import type { MetricReading } from "../stats/index.ts";
import { mergeReadings } from "./merge-readings.ts";
import type { Owned } from "./owned.ts";
import type { PluginTrouble } from "./plugin-trouble.ts";

/** How many readings one plugin may contribute; what is beyond that is dropped. */
const MAX_READINGS = 1_000;

/** The longest value of a label, in UTF-16 units. */
const MAX_LABEL_LENGTH = 256;

/** Gives a plugin's numbers at this instant. A pure read: nothing is reset by it. */
export type ReadMetrics = () => Iterable<MetricReading>;

/**
 * The numbers of all plugins, as the catalogue wants them, each once with the same labels. Those of a plugin end where one
 * does not fit it.
 */
export function collectReadings(
  reads: readonly Owned<ReadMetrics>[],
  trouble: PluginTrouble,
): MetricReading[] {
  const readings: MetricReading[] = [];
  for (const { owner, hook } of reads) {
    try {
      let count = 0;
      for (const reading of hook()) {
        if (++count > MAX_READINGS) throw new RangeError(`more than ${MAX_READINGS} readings`);
        readings.push(checkedReading(reading));
      }
    } catch (error) {
      trouble.caught(owner.plugin.name, "contributeMetrics", error);
    }
  }
  return mergeReadings(readings);
}

function checkedReading({ metric, labels, value }: MetricReading): MetricReading {
  if (!pluginMetricKeys.includes(metric)) throw new TypeError("a metric that is not in the catalogue");
  const row = metrics[metric];
  const entries = row.labels.map((label) => {
    const text: unknown = labels[label];
    if (typeof text === "string" && text.length <= MAX_LABEL_LENGTH) return [label, text] as const;
    throw new TypeError(`${row.name} without a proper label ${label}`);
  });
  if (Object.keys(labels).length !== entries.length) throw new TypeError(`${row.name} with an unknown label`);
  if (!Number.isFinite(value)) throw new TypeError(`${row.name} with a value that is no finite number`);
  return { metric, labels: Object.fromEntries(entries), value };
}
