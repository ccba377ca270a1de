import type { Clock, ClockTimer } from "../index.ts";

interface PendingTimer {
  readonly dueMs: number;
  readonly order: number;
  readonly keepAlive: boolean;
  readonly callback: () => void;
}

/**
 * A clock that stands still until it is told to move. Give it to `createTracker({ clock })`, and time-dependent
 * behaviour is tested without waiting.
 */
export class ManualClock implements Clock {
  #nowMs: number;
  #epochOffsetMs: number;
  #order = 0;
  readonly #timers = new Set<PendingTimer>();

  /** Starts at `nowMs` on the monotonic and `epochMs` on the wall clock. */
  constructor({ nowMs = 0, epochMs = 1_700_000_000_000 }: { nowMs?: number; epochMs?: number } = {}) {
    this.#nowMs = nowMs;
    this.#epochOffsetMs = epochMs - nowMs;
  }

  now(): number {
    return this.#nowMs;
  }

  epochMs(): number {
    return this.#epochOffsetMs + this.#nowMs;
  }

  setTimer(callback: () => void, delayMs: number, keepAlive: boolean): ClockTimer {
    const timer = { dueMs: this.#nowMs + Math.max(delayMs, 0), order: this.#order++, keepAlive, callback };
    this.#timers.add(timer);
    return { cancel: () => void this.#timers.delete(timer) };
  }

  /** Timers that have not fired; `keptAlive` are those that would keep a process running. */
  get pending(): { readonly total: number; readonly keptAlive: number } {
    const keptAlive = [...this.#timers].filter((timer) => timer.keepAlive).length;
    return { total: this.#timers.size, keptAlive };
  }

  /**
   * Moves time forward and fires, in order, each timer that falls due on the way, with the clock at its due time. Between
   * timers, and at the end, promise reactions run, as they would between the turns of an event loop.
   */
  async advance(byMs: number): Promise<void> {
    const untilMs = this.#nowMs + byMs;
    await turn();
    for (let next = this.#next(untilMs); next !== undefined; next = this.#next(untilMs)) {
      this.#timers.delete(next);
      this.#nowMs = Math.max(this.#nowMs, next.dueMs);
      next.callback();
      await turn();
    }
    this.#nowMs = untilMs;
    await turn();
  }

  /** Sets the wall clock, as an operator or a time server would. The monotonic clock does not move. */
  jumpWallClock(byMs: number): void {
    this.#epochOffsetMs += byMs;
  }

  #next(untilMs: number): PendingTimer | undefined {
    let next: PendingTimer | undefined;
    for (const timer of this.#timers) {
      if (timer.dueMs > untilMs) continue;
      if (
        next === undefined ||
        timer.dueMs < next.dueMs ||
        (timer.dueMs === next.dueMs && timer.order < next.order)
      ) {
        next = timer;
      }
    }
    return next;
  }
}

/** One turn of the event loop: all promise reactions that can run have run. */
function turn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
