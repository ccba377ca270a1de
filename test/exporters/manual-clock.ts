import type { Clock, ClockTimer } from "taskscope";

const START_MS = Date.UTC(2025, 0, 1);

/** A clock that stands still until it is moved. Its timers never fire: nothing here waits for one. */
export class ManualClock implements Clock {
  #nowMs = 1_000;

  now(): number {
    return this.#nowMs;
  }

  epochMs(): number {
    return START_MS + this.#nowMs;
  }

  setTimer(): ClockTimer {
    return { cancel: () => {} };
  }

  advance(byMs: number): void {
    this.#nowMs += byMs;
  }
}
