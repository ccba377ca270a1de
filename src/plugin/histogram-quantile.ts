/**
 * The value below which a share of the observations lies, in seconds, as Prometheus' `histogram_quantile` estimates it:
 * evenly spread inside its bucket; the highest bound, where it lies above all of them. `undefined` without observations.
 * It imports nothing: the console is built with it too.
 */
export function histogramQuantile(
  { bounds, counts }: { readonly bounds: readonly number[]; readonly counts: readonly number[] },
  share: number,
): number | undefined {
  const total = counts.reduce((sum, count) => sum + count, 0);
  if (total <= 0) return undefined;
  const rank = share * total;
  let below = 0;
  for (const [bucket, upper] of bounds.entries()) {
    const count = counts[bucket] ?? 0;
    if (count > 0 && below + count >= rank) {
      const lower = bucket === 0 ? 0 : (bounds[bucket - 1] ?? 0);
      return lower + (upper - lower) * Math.max(0, (rank - below) / count);
    }
    below += count;
  }
  return bounds.at(-1);
}
