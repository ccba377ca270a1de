import type { MetricFamily, MetricSample } from "../../plugin/index.ts";

/**
 * Turns counts since ever into counts since the last reading: it remembers what was read last, for one reader. Holds one
 * value for each counter and each histogram of each series, whose number the tracker bounds.
 */
export class DeltaMemory {
  readonly #last = new Map<string, MetricSample>();

  /** Counters and histograms as what they grew by; gauges as they are. Buckets nobody fell into since are left out. */
  subtract(family: MetricFamily): MetricFamily {
    if (family.row.type === "gauge") return family;
    const samples = family.samples.map((sample) => {
      const key = `${family.name} ${JSON.stringify(Object.values(sample.labels))}`;
      const before = this.#last.get(key);
      this.#last.set(key, sample);
      return before === undefined ? sample : growth(sample, before);
    });
    return {
      ...family,
      samples: samples.filter(({ histogram }) => histogram === undefined || histogram.count > 0),
    };
  }
}

function growth(now: MetricSample, before: MetricSample): MetricSample {
  if (now.histogram === undefined || before.histogram === undefined) {
    return { ...now, value: Math.max(0, now.value - before.value) };
  }
  const { counts, count, sum } = before.histogram;
  // A tracker that left takes its share along: what is less than it was has not grown.
  const isLess = now.histogram.count < count;
  return {
    ...now,
    histogram: {
      ...now.histogram,
      counts: now.histogram.counts.map((each, index) =>
        isLess ? 0 : Math.max(0, each - (counts[index] ?? 0)),
      ),
      sum: isLess ? 0 : Math.max(0, now.histogram.sum - sum),
      count: isLess ? 0 : now.histogram.count - count,
    },
  };
}
