import type { BucketsView } from "../../exporters/http/index.ts";

/** The value below which a share of the observations lies, in seconds, as Prometheus estimates it; `undefined` without any. */
export function quantile(
  { boundsSeconds, counts }: Pick<BucketsView, "boundsSeconds" | "counts">,
  share: number,
): number | undefined {
  const total = counts.reduce((sum, count) => sum + count, 0);
  if (total <= 0) return undefined;
  let below = 0;
  for (const [bucket, upper] of boundsSeconds.entries()) {
    const count = counts[bucket] ?? 0;
    if (count > 0 && below + count >= share * total) {
      const lower = boundsSeconds[bucket - 1] ?? 0;
      return lower + (upper - lower) * Math.max(0, (share * total - below) / count);
    }
    below += count;
  }
  return boundsSeconds.at(-1);
}
