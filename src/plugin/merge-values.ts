import type { MergeRule } from "../metrics/index.ts";
import type { Exemplar, HistogramSnapshot } from "../stats/index.ts";

/** Two values of one metric as one, by the rule that the catalogue gives the metric. */
export function mergeNumbers(rule: MergeRule, a: number, b: number): number {
  switch (rule) {
    case "sum":
      return a + b;
    case "min":
      return Math.min(a, b);
    case "max":
      return Math.max(a, b);
  }
}

/** Two histograms of one metric as one. They have the same bounds: those of the catalogue. */
export function addHistograms(a: HistogramSnapshot, b: HistogramSnapshot): HistogramSnapshot {
  return {
    bounds: a.bounds,
    counts: a.counts.map((count, index) => count + (b.counts[index] ?? 0)),
    sum: a.sum + b.sum,
    count: a.count + b.count,
    exemplars: newerExemplars(a.exemplars, b.exemplars),
  };
}

function newerExemplars(
  a: HistogramSnapshot["exemplars"],
  b: HistogramSnapshot["exemplars"],
): HistogramSnapshot["exemplars"] {
  if (a === undefined || b === undefined) return a ?? b;
  return a.map((exemplar, bucket) => newer(exemplar, b[bucket]));
}

function newer(a: Exemplar | undefined, b: Exemplar | undefined): Exemplar | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return b.atMs > a.atMs ? b : a;
}
