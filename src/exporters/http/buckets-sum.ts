import type { HistogramSnapshot } from "../../stats/index.ts";

/** A histogram since the start: what a client takes from two of them is what happened in between. */
export interface BucketsView {
  readonly boundsSeconds: readonly number[];
  /** Observations in each bucket; one more than there are bounds. */
  readonly counts: readonly number[];
  readonly sumSeconds: number;
}

/** Adds up histograms of the same bounds. */
export class BucketsSum {
  #boundsSeconds: readonly number[] = [];
  #counts: number[] = [];
  #sumSeconds = 0;

  add({ bounds, counts, sum }: Pick<HistogramSnapshot, "bounds" | "counts" | "sum">): this {
    if (this.#counts.length === 0) {
      this.#boundsSeconds = bounds;
      this.#counts = counts.map(() => 0);
    }
    for (let bucket = 0; bucket < counts.length; bucket += 1)
      this.#counts[bucket] = (this.#counts[bucket] ?? 0) + (counts[bucket] ?? 0);
    this.#sumSeconds += sum;
    return this;
  }

  view(): BucketsView {
    return { boundsSeconds: this.#boundsSeconds, counts: this.#counts, sumSeconds: this.#sumSeconds };
  }
}
