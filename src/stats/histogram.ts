import { areTraceIds } from "./exemplar.ts";
import type { Exemplar } from "./exemplar.ts";

/** How long an exemplar is not replaced. */
const EXEMPLAR_STAYS_MS = 1_000;

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
  /** For each bucket, one of the last observations whose trace was recorded; `undefined` where no bucket has one. */
  readonly exemplars: readonly (Exemplar | undefined)[] | undefined;
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
  /** One a bucket at the most; made for the first. */
  #exemplars: (Exemplar | undefined)[] | undefined;

  constructor(bounds: HistogramBounds) {
    this.#bounds = bounds;
    this.#boundsMs = bounds.milliseconds;
    this.#counts = new Float64Array(bounds.milliseconds.length + 1);
  }

  /** Counts one duration, in milliseconds. Bounds are inclusive, as Prometheus' `le` and OpenTelemetry's are. */
  observe(durationMs: number): void {
    // The only call comes first: cut short by a stack overflow, this has counted nothing.
    const bucket = this.#bucketOf(durationMs);
    this.#sumMs += durationMs;
    (this.#counts[bucket] as number) += 1;
  }

  /**
   * Puts the trace of an observation that was counted into its bucket. The one that is there stays for a second: who is
   * busy pays for one a second, and nobody looks more often. Ids that are none are ignored.
   */
  keepExemplar(durationMs: number, traceId: string, spanId: string, atMs: number): void {
    const bucket = this.#bucketOf(durationMs);
    const ageMs = atMs - (this.#exemplars?.[bucket]?.atMs ?? Number.NEGATIVE_INFINITY);
    // Below 0: the machine's clock was set back.
    if ((ageMs >= 0 && ageMs < EXEMPLAR_STAYS_MS) || !areTraceIds(traceId, spanId)) return;
    const exemplars = (this.#exemplars ??= Array.from(this.#counts, () => undefined));
    exemplars[bucket] = { traceId, spanId, value: durationMs / 1_000, atMs };
  }

  #bucketOf(durationMs: number): number {
    const bounds = this.#boundsMs;
    // The first bucket first: most tasks of a busy server are short.
    if (durationMs <= (bounds[0] as number)) return 0;
    let low = 1;
    let high = bounds.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((bounds[middle] as number) < durationMs) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  snapshot(): HistogramSnapshot {
    const counts: number[] = [];
    let count = 0;
    // By index: a thousand series are copied in one piece, and an iterator costs ten times as much.
    for (let bucket = 0; bucket < this.#counts.length; bucket += 1) {
      const bucketCount = this.#counts[bucket] as number;
      counts.push(bucketCount);
      count += bucketCount;
    }
    return {
      bounds: this.#bounds.seconds,
      counts,
      sum: this.#sumMs / 1_000,
      count,
      exemplars: this.#exemplars?.slice(),
    };
  }
}
