/** A value with the range that holds its true median with the given confidence. */
export interface Estimate {
  readonly median: number;
  readonly low: number;
  readonly high: number;
  /** Coverage of `low`–`high`, 0–1. Below 0.95 there were too few values for more. */
  readonly confidence: number;
}

/** The middle of the values; the mean of the two middle ones of an even number. Throws on an empty list. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const lower = sorted[Math.floor((sorted.length - 1) / 2)];
  const upper = sorted[Math.floor(sorted.length / 2)];
  if (lower === undefined || upper === undefined) throw new RangeError("median of no values");
  return (lower + upper) / 2;
}

/**
 * The median of independent values and its 95 % confidence interval from order statistics: no assumption about the distribution.
 * Six values are the fewest that give 95 % (their smallest and largest); with fewer the whole range is given with its lower confidence.
 */
export function estimate(values: readonly number[]): Estimate {
  const sorted = [...values].sort((a, b) => a - b);
  const count = sorted.length;
  let rank = 1;
  while (rank + 1 <= count / 2 && coverage(count, rank + 1) >= 0.95) rank += 1;
  const low = sorted[rank - 1];
  const high = sorted[count - rank];
  if (low === undefined || high === undefined) throw new RangeError("estimate of no values");
  return {
    median: median(sorted),
    low,
    high,
    confidence: coverage(count, rank),
  };
}

/** Chance that the true median lies between the `rank`-th smallest and the `rank`-th largest of `count` values. */
function coverage(count: number, rank: number): number {
  let term = 0.5 ** count;
  let tail = 0;
  for (let below = 0; below < rank; below += 1) {
    tail += term;
    term = (term * (count - below)) / (below + 1);
  }
  return Math.max(0, 1 - 2 * tail);
}
