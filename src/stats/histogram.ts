/** A histogram at one instant. */
export interface HistogramSnapshot {
  /** Upper bounds in seconds, inclusive, ascending; the bucket above the last has no bound. */
  readonly bounds: readonly number[];
  /** Observations per bucket (not cumulative): one more than there are bounds. */
  readonly counts: readonly number[];
  /** Sum of the observations in seconds. */
  readonly sum: number;
  /** Number of observations. */
  readonly count: number;
}

/** The bounds of a histogram, in seconds for readers and in milliseconds for the hot path. */
export class HistogramBounds {
  readonly seconds: readonly number[];
  readonly milliseconds: Float64Array;

  constructor(seconds: readonly number[]) {
    this.seconds = seconds;
    this.milliseconds = Float64Array.from(seconds, (bound) => bound * 1_000);
  }
}

/** Counts durations in fixed buckets. Reading never resets it. */
export class Histogram {
  readonly #bounds: HistogramBounds;
  readonly #boundsMs: Float64Array;
  readonly #counts: Float64Array;
  #sumMs = 0;

  constructor(bounds: HistogramBounds) {
    this.#bounds = bounds;
    this.#boundsMs = bounds.milliseconds;
    this.#counts = new Float64Array(bounds.milliseconds.length + 1);
  }

  /** Counts one duration, in milliseconds. Bounds are inclusive, as Prometheus' `le` and OpenTelemetry's are. */
  observe(durationMs: number): void {
    this.#sumMs += durationMs;
    const bounds = this.#boundsMs;
    // The first bucket first: most tasks of a busy server are short.
    if (durationMs <= (bounds[0] as number)) {
      (this.#counts[0] as number) += 1;
      return;
    }
    let low = 1;
    let high = bounds.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((bounds[middle] as number) < durationMs) low = middle + 1;
      else high = middle;
    }
    (this.#counts[low] as number) += 1;
  }

  snapshot(): HistogramSnapshot {
    const counts = Array.from(this.#counts);
    let count = 0;
    for (const bucketCount of counts) count += bucketCount;
    return { bounds: this.#bounds.seconds, counts, sum: this.#sumMs / 1_000, count };
  }
}
