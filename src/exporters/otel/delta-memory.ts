import type { MetricFamily, MetricSample } from "../../plugin/index.ts";

/**
 * Turns counts since ever into counts since the last reading: it remembers what was read last, for one reader. Holds one
 * value for each counter and each histogram of each series, whose number the tracker bounds.
 */
export class DeltaMemory {
  readonly #last = new Map<string, MetricSample>();

  /**
   * Counters and histograms as what they grew by up to `family`; gauges as they are in `goesOn`. That is the same without
   * the trackers that have left: the next growth is counted from there. Histograms that nothing fell into since are left out.
   */
  subtract(family: MetricFamily, goesOn: MetricFamily): MetricFamily {
    if (family.row.type === "gauge") return goesOn;
    const samples = family.samples.map((sample) => {
      const key = keyOf(family, sample);
      const before = this.#last.get(key);
      this.#last.delete(key);
      return before === undefined ? sample : growth(sample, before);
    });
    for (const sample of goesOn.samples) this.#last.set(keyOf(goesOn, sample), sample);
    return {
      ...family,
      samples: samples.filter(({ histogram }) => histogram === undefined || histogram.count > 0),
    };
  }
}

function keyOf({ name }: MetricFamily, { labels }: MetricSample): string {
  return `${name} ${JSON.stringify(Object.values(labels))}`;
}

function growth(now: MetricSample, before: MetricSample): MetricSample {
  if (now.histogram === undefined || before.histogram === undefined) {
    return { ...now, value: Math.max(0, now.value - before.value) };
  }
  const { counts, count, sum } = before.histogram;
  // A tracker that could not be read takes its share along: what is less than it was has not grown.
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
