import { describe, expect, test } from "vitest";
import type { Clock, ClockTimer } from "taskscope";
import { EventLoopDelay } from "../../src/stats/index.ts";

/** An event loop by hand: time passes, and then whatever is due fires, however late. */
class HandDrivenLoop implements Clock {
  #nowMs = 0;
  #timer: { readonly dueMs: number; readonly callback: () => void; readonly keepAlive: boolean } | undefined;

  now(): number {
    return this.#nowMs;
  }

  epochMs(): number {
    return this.#nowMs;
  }

  setTimer(callback: () => void, delayMs: number, keepAlive: boolean): ClockTimer {
    const timer = { dueMs: this.#nowMs + delayMs, callback, keepAlive };
    this.#timer = timer;
    return {
      cancel: () => {
        if (this.#timer === timer) this.#timer = undefined;
      },
    };
  }

  get isArmed(): boolean {
    return this.#timer !== undefined;
  }

  get isKeptAlive(): boolean {
    return this.#timer?.keepAlive ?? false;
  }

  /** Lets time pass in which nothing can fire, then fires the timer. */
  turnAfter(blockedMs: number): void {
    this.#nowMs += blockedMs;
    this.fire();
  }

  /** Fires the timer, due or not. */
  fire(): void {
    const timer = this.#timer;
    this.#timer = undefined;
    timer?.callback();
  }
}

function make() {
  const loop = new HandDrivenLoop();
  const delay = new EventLoopDelay(loop);
  const counts = (): Record<string, number> => {
    const { bounds, counts: all } = delay.snapshot().delay;
    return Object.fromEntries(
      all.flatMap((count, index) => (count === 0 ? [] : [[`${bounds[index] ?? "more"}`, count]])),
    );
  };
  return { loop, delay, counts };
}

describe("the delay of the event loop", () => {
  test("counts one observation a period while the loop is free", () => {
    const { loop, delay, counts } = make();
    delay.watch();
    for (let turn = 0; turn < 50; turn += 1) loop.turnAfter(EventLoopDelay.PERIOD_MS);
    expect(counts()).toEqual({ "0.002": 50 });
    expect(delay.snapshot().delay).toMatchObject({ count: 50, sum: 0 });
  });

  test("counts what fell due while it was blocked, each with the delay it met with", () => {
    const { loop, delay, counts } = make();
    delay.watch();
    loop.turnAfter(120);
    // Due at 20, 40, 60, 80, 100 and 120: late by 100, 80, 60, 40, 20 and 0 milliseconds.
    expect(counts()).toEqual({ "0.002": 1, "0.025": 1, "0.05": 1, "0.1": 3 });
    expect(delay.snapshot().delay.sum).toBeCloseTo(0.3, 12);
  });

  test("stays on its grid: one late turn makes no other late", () => {
    const { loop, delay, counts } = make();
    delay.watch();
    loop.turnAfter(27);
    loop.turnAfter(13);
    expect(counts()).toEqual({ "0.002": 1, "0.01": 1 });
  });

  test("counts nothing for a timer that fires early", () => {
    const { loop, delay, counts } = make();
    delay.watch();
    loop.turnAfter(19.5);
    expect(counts()).toEqual({});
    loop.turnAfter(0.5);
    expect(counts()).toEqual({ "0.002": 1 });
  });

  test("is measured while anybody watches, by one timer that keeps nothing alive, and what was counted stays", () => {
    const { loop, delay, counts } = make();
    expect(loop.isArmed).toBe(false);
    const endFirst = delay.watch();
    const endSecond = delay.watch();
    expect(loop.isKeptAlive).toBe(false);
    loop.turnAfter(20);
    endFirst();
    endFirst();
    expect(loop.isArmed).toBe(true);
    endSecond();
    expect(loop.isArmed).toBe(false);
    expect(counts()).toEqual({ "0.002": 1 });
    loop.turnAfter(60_000);
    delay.watch();
    loop.turnAfter(20);
    expect(counts(), "time without watchers is not a delay").toEqual({ "0.002": 2 });
  });
});
