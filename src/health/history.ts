import { emptySample } from "./sample.ts";
import type { LoopDelays, Sample, TypeSample } from "./sample.ts";

/** The numbers of a type that can be looked at over time. */
export type TypeNumber = Exclude<keyof TypeSample, "isExpected">;

/** What a rule looks back on, in milliseconds: the longest is `[30m] offset 1h`. */
const MAX_LOOKBACK_MS = 90 * 60_000;

/**
 * The samples of the last {@link MAX_LOOKBACK_MS}, and the questions that PromQL asks of them. Ranges are open on the left, as
 * in Prometheus 3. Counters cannot be reset while the process lives, and one that was not there before was 0: so, unlike in
 * Prometheus, no increase is guessed and none is missed.
 */
export class History {
  readonly #samples: Sample[] = [];

  /** Adds a sample, and forgets those that nothing looks back on any more. */
  add(sample: Sample): void {
    this.#samples.push(sample);
    // One sample at or before the longest lookback stays: increases are counted from there.
    while (this.#samples.length > 2 && sample.atMs - (this.#samples[1]?.atMs ?? 0) >= MAX_LOOKBACK_MS)
      this.#samples.shift();
  }

  get size(): number {
    return this.#samples.length;
  }

  get latest(): Sample | undefined {
    return this.#samples.at(-1);
  }

  /** A type as it is now. */
  now(type: string): TypeSample {
    return this.latest?.types.get(type) ?? emptySample();
  }

  /** `min_over_time`. `undefined`: nothing was seen then. */
  min(type: string, what: TypeNumber, windowMs: number, offsetMs = 0): number | undefined {
    return this.#fold(type, what, windowMs, offsetMs, Math.min);
  }

  /** `max_over_time`. `undefined`: nothing was seen then. */
  max(type: string, what: TypeNumber, windowMs: number, offsetMs = 0): number | undefined {
    return this.#fold(type, what, windowMs, offsetMs, Math.max);
  }

  /** `increase` of a counter of one type, or of all. */
  increase(type: string | undefined, what: TypeNumber, windowMs: number): number {
    const { latest } = this;
    const before = this.#before(windowMs);
    if (latest === undefined || before === undefined) return 0;
    return Math.max(0, read(latest, type, what) - read(before, type, what));
  }

  /** `rate` of a counter of one type, or of all, over as much of the window as there is. */
  rate(type: string | undefined, what: TypeNumber, windowMs: number): number {
    const seconds = ((this.latest?.atMs ?? 0) - (this.#before(windowMs)?.atMs ?? 0)) / 1_000;
    return seconds > 0 ? this.increase(type, what, windowMs) / seconds : 0;
  }

  /** How much telemetry of one kind was lost in a window. */
  lossIncrease(loss: string, windowMs: number): number {
    const counted = (sample: Sample | undefined): number => sample?.losses.get(loss) ?? 0;
    return Math.max(0, counted(this.latest) - counted(this.#before(windowMs)));
  }

  /** How late each event loop was with timers in a window, in buckets. */
  loopDelays(windowMs: number): LoopDelays[] {
    const before = this.#before(windowMs)?.loops;
    return Array.from(this.latest?.loops ?? [], ([id, { bounds, counts }]) => ({
      bounds,
      counts: counts.map((count, bucket) => Math.max(0, count - (before?.get(id)?.counts[bucket] ?? 0))),
    }));
  }

  /** The last sample before the window begins, or the first of all. */
  #before(windowMs: number): Sample | undefined {
    const fromMs = (this.latest?.atMs ?? 0) - windowMs;
    return this.#samples.findLast(({ atMs }) => atMs <= fromMs) ?? this.#samples[0];
  }

  #fold(
    type: string,
    what: TypeNumber,
    windowMs: number,
    offsetMs: number,
    pick: (a: number, b: number) => number,
  ): number | undefined {
    const untilMs = (this.latest?.atMs ?? 0) - offsetMs;
    let picked: number | undefined;
    for (let index = this.#samples.length - 1; index >= 0; index -= 1) {
      const sample = this.#samples[index];
      if (sample === undefined || sample.atMs <= untilMs - windowMs) break;
      if (sample.atMs > untilMs) continue;
      const value = read(sample, type, what);
      picked = picked === undefined ? value : pick(picked, value);
    }
    return picked;
  }
}

function read(sample: Sample, type: string | undefined, what: TypeNumber): number {
  if (type !== undefined) return sample.types.get(type)?.[what] ?? 0;
  let sum = 0;
  for (const of of sample.types.values()) sum += of[what];
  return sum;
}
