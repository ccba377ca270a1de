import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { exponential, fibonacci, fixed, InvalidOptionError, linear, persistent } from "taskscope";
import type { Backoff } from "taskscope";

const delays = (backoff: Backoff, count: number): number[] =>
  Array.from({ length: count }, (_, index) => backoff.delayMs(index + 1));

describe("backoff without jitter", () => {
  test("fixed stays, linear adds, exponential multiplies, Fibonacci adds the last two", () => {
    expect(delays(fixed({ delayMs: 250, jitter: "none" }), 3)).toEqual([250, 250, 250]);
    expect(delays(linear({ baseMs: 100, jitter: "none" }), 4)).toEqual([100, 200, 300, 400]);
    expect(delays(exponential({ baseMs: 100, jitter: "none" }), 4)).toEqual([100, 200, 400, 800]);
    expect(delays(exponential({ baseMs: 100, factor: 3, jitter: "none" }), 3)).toEqual([100, 300, 900]);
    expect(delays(fibonacci({ baseMs: 10, jitter: "none" }), 7)).toEqual([10, 10, 20, 30, 50, 80, 130]);
  });

  test("is capped by maxMs, a minute unless said otherwise", () => {
    expect(delays(exponential({ jitter: "none" }), 8)).toEqual([
      1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000,
    ]);
    expect(linear({ baseMs: 100, maxMs: 250, jitter: "none" }).delayMs(1_000_000)).toBe(250);
    expect(fibonacci({ jitter: "none" }).delayMs(100_000)).toBe(60_000);
    expect(exponential({ jitter: "none" }).delayMs(100_000)).toBe(60_000);
  });
});

describe("jitter", () => {
  test("full takes any part of the delay, equal its half and any part of the other", () => {
    const at = (jitter: "full" | "equal", random: number): number =>
      fixed({ delayMs: 1_000, jitter, random: () => random }).delayMs(1);
    expect([at("full", 0), at("full", 0.5)]).toEqual([0, 500]);
    expect([at("equal", 0), at("equal", 0.5)]).toEqual([500, 750]);
  });

  test("never goes beyond the delay, nor below what it promises", () => {
    fc.assert(
      fc.property(
        fc.constantFrom("none" as const, "full" as const, "equal" as const),
        fc.integer({ min: 1, max: 200 }),
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        (jitter, restart, random) => {
          const whole = exponential({ jitter: "none" }).delayMs(restart);
          const delay = exponential({ jitter, random: () => random }).delayMs(restart);
          expect(delay).toBeLessThanOrEqual(whole);
          expect(delay).toBeGreaterThanOrEqual({ none: whole, full: 0, equal: whole / 2 }[jitter]);
        },
      ),
    );
  });
});

test("persistent is five restarts on failure, counted anew after five healthy minutes", () => {
  expect(persistent).toEqual({ when: "on-failure", maxRestarts: 5, resetAfterMs: 300_000 });
});

test.each([
  [() => fixed({ delayMs: -1 }), /^fixed\.delayMs takes a number of milliseconds/],
  [() => linear({ baseMs: Number.NaN }), /^linear\.baseMs takes/],
  [() => exponential({ factor: 0.5 }), /^exponential\.factor takes a number from 1 up, got 0\.5/],
  [() => fibonacci({ jitter: "some" as never }), /^fibonacci\.jitter takes one of "none", "full", "equal"/],
  [() => exponential({ max: 5 } as never), /^exponential\.max takes no value: the option is unknown/],
  [() => exponential({ random: 5 as never }), /^exponential\.random takes a function/],
])("bad options are named", (make, message) => {
  expect(make).toThrow(InvalidOptionError);
  expect(make).toThrow(message);
});
