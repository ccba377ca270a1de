import { performance } from "node:perf_hooks";

/** A timer that a {@link Clock} gave out. */
export interface ClockTimer {
  /** Stops the timer. Harmless when it has fired or was stopped before. */
  cancel(): void;
}

/**
 * Where a tracker gets its time from. Durations come from `now`, which never goes back; instants that people see
 * come from `epochMs`, which may jump when the machine's clock is set.
 */
export interface Clock {
  /** Monotonic milliseconds with a fraction, from an arbitrary origin. */
  now(): number;
  /** Wall-clock milliseconds since 1970-01-01T00:00:00Z. */
  epochMs(): number;
  /** Calls `callback` once after `delayMs`. With `keepAlive` false the timer does not keep the process running. */
  setTimer(callback: () => void, delayMs: number, keepAlive: boolean): ClockTimer;
}

/** The longest delay that Node's timers take; a longer one would fire at once. */
const MAX_TIMER_MS = 2_147_483_647;

class SystemTimer implements ClockTimer {
  readonly #timer: NodeJS.Timeout;

  constructor(timer: NodeJS.Timeout) {
    this.#timer = timer;
  }

  cancel(): void {
    clearTimeout(this.#timer);
  }
}

/** The real clock: `performance.now`, `Date.now` and Node's timers. */
export const systemClock: Clock = {
  now: () => performance.now(),
  epochMs: () => Date.now(),
  setTimer(callback, delayMs, keepAlive) {
    const timer = setTimeout(callback, Math.min(Math.max(Math.ceil(delayMs), 0), MAX_TIMER_MS));
    if (!keepAlive) timer.unref();
    return new SystemTimer(timer);
  },
};

/**
 * Turns monotonic readings into wall-clock instants. The two clocks are paired once, so an instant stays the same
 * however often it is read; they are paired again only when the wall clock has moved against the monotonic one by
 * more than {@link WallClock.TOLERANCE_MS} (it was set, or the machine slept), so that ages stay true.
 */
export class WallClock {
  static readonly TOLERANCE_MS = 500;
  readonly #clock: Clock;
  #offsetMs: number;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#offsetMs = clock.epochMs() - clock.now();
  }

  /** The wall-clock instant, in epoch milliseconds, of a reading of `Clock.now`. */
  instantMs(monotonicMs: number): number {
    return this.#offsetMs + monotonicMs;
  }

  /** Pairs the clocks again if they have drifted apart. Called before instants are handed out. */
  synchronise(): void {
    this.nowMs();
  }

  /** The instant it is now, after {@link synchronise}. */
  nowMs(): number {
    const monotonicMs = this.#clock.now();
    const offsetMs = this.#clock.epochMs() - monotonicMs;
    if (Math.abs(offsetMs - this.#offsetMs) > WallClock.TOLERANCE_MS) this.#offsetMs = offsetMs;
    return this.#offsetMs + monotonicMs;
  }
}
