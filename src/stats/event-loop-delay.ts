import type { Clock, ClockTimer } from "../internal/index.ts";
import { loopDelayBounds } from "../metrics/index.ts";
import { Histogram, HistogramBounds } from "./histogram.ts";
import type { HistogramSnapshot } from "./histogram.ts";

const bounds = new HistogramBounds(loopDelayBounds);

/** An event loop, which all trackers of a thread share. */
export interface EventLoopSnapshot {
  /** Which one: snapshots that name the same loop show the same observations, of the same or of another instant. */
  readonly id: string;
  /** How late it was with timers; see {@link EventLoopDelay}. */
  readonly delay: HistogramSnapshot;
}

/**
 * How much later than asked for an event loop fires a timer, for one that is due every {@link EventLoopDelay.PERIOD_MS}.
 *
 * Instants that passed while the loop was blocked count as well, each with the delay it met with: so the buckets say
 * what work that becomes due at any instant has to expect, and one long block weighs as much as it should. Blocks that
 * are shorter than the period are met by chance, in proportion to their length. Node's timers count whole milliseconds:
 * delays below two of them are the timer's own.
 *
 * Runs while anybody watches, on a timer that does not keep the process alive. What was counted stays.
 */
export class EventLoopDelay {
  static readonly PERIOD_MS = 20;
  readonly #clock: Clock;
  readonly #id = `${process.pid}.${Math.random().toString(36).slice(2)}`;
  readonly #delays = new Histogram(bounds);
  #watchers = 0;
  #timer: ClockTimer | undefined;
  #dueMs = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Starts measuring with the first that watches: call it outside any task. Gives a function that ends it with the last. */
  watch(): () => void {
    this.#watchers += 1;
    if (this.#watchers === 1) {
      this.#dueMs = this.#clock.now() + EventLoopDelay.PERIOD_MS;
      this.#arm();
    }
    let isOver = false;
    return () => {
      if (isOver) return;
      isOver = true;
      this.#watchers -= 1;
      if (this.#watchers === 0) this.#timer?.cancel();
    };
  }

  snapshot(): EventLoopSnapshot {
    return { id: this.#id, delay: this.#delays.snapshot() };
  }

  #arm(): void {
    this.#timer = this.#clock.setTimer(() => this.#wake(), this.#dueMs - this.#clock.now(), false);
  }

  // A timer of the platform may fire a little early: then nothing is due yet.
  #wake(): void {
    const nowMs = this.#clock.now();
    for (; this.#dueMs <= nowMs; this.#dueMs += EventLoopDelay.PERIOD_MS) {
      this.#delays.observe(nowMs - this.#dueMs);
    }
    this.#arm();
  }
}
