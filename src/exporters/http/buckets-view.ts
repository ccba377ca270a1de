import type { HistogramSnapshot } from "../../stats/index.ts";

/** A histogram since the start: what a client takes from two of them is what happened in between. */
export interface BucketsView {
  readonly boundsSeconds: readonly number[];
  /** Observations in each bucket; one more than there are bounds. */
  readonly counts: readonly number[];
  readonly sumSeconds: number;
}

/** Histograms of the same bounds as one. */
export function bucketsView(given: readonly (HistogramSnapshot | undefined)[]): BucketsView {
  const histograms = given.filter((each) => each !== undefined);
  const [first] = histograms;
  const counts = (first?.counts ?? []).map(() => 0);
  let sumSeconds = 0;
  for (const histogram of histograms) {
    for (const [bucket, count] of histogram.counts.entries()) counts[bucket] = (counts[bucket] ?? 0) + count;
    sumSeconds += histogram.sum;
  }
  return { boundsSeconds: first?.bounds ?? [], counts, sumSeconds };
}
