import type { HistogramSnapshot } from "taskscope";

/**
 * The value below which the share `q` of the observations lies, estimated as Prometheus' `histogram_quantile` does: even
 * spread within a bucket, the highest bound for what lies above it. All histograms have the same bounds. `undefined`
 * without observations.
 */
export function quantile(q: number, histograms: readonly HistogramSnapshot[]): number | undefined {
  const bounds = histograms[0]?.bounds ?? [];
  const total = histograms.reduce((sum, histogram) => sum + histogram.count, 0);
  if (total === 0) return undefined;
  const rank = q * total;
  let below = 0;
  let lower = 0;
  for (const [bucket, upper] of bounds.entries()) {
    const inside = histograms.reduce((sum, histogram) => sum + (histogram.counts[bucket] ?? 0), 0);
    if (inside > 0 && below + inside >= rank) return lower + ((upper - lower) * (rank - below)) / inside;
    below += inside;
    lower = upper;
  }
  return lower;
}
