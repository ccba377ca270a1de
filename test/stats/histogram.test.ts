import { expect, test } from "vitest";
import { Histogram, HistogramBounds } from "../../src/stats/histogram.ts";

const bounds = new HistogramBounds([0.001, 0.01, 0.1]);

test("bounds are inclusive, and the last bucket has none", () => {
  const histogram = new Histogram(bounds);
  for (const durationMs of [0, 1, 1.000001, 10, 100, 100.5, 1e9]) histogram.observe(durationMs);
  expect(histogram.snapshot().counts).toEqual([2, 2, 1, 2]);
});

test("the sum is in seconds, and reading changes nothing", () => {
  const histogram = new Histogram(bounds);
  histogram.observe(250);
  histogram.observe(750);
  const first = histogram.snapshot();
  expect(first).toEqual({ bounds: [0.001, 0.01, 0.1], counts: [0, 0, 0, 2], sum: 1, count: 2 });
  histogram.observe(1);
  expect(first.count).toBe(2);
  expect(histogram.snapshot().count).toBe(3);
});

test("an exemplar is replaced at once when the machine's clock was set back", () => {
  const histogram = new Histogram(bounds);
  const spanId = "b".repeat(16);
  const ids = ["1", "2", "3"].map((digit) => digit.repeat(32));
  for (const [index, atMs] of [5_000_000, 5_000_100, 1_000].entries()) {
    histogram.observe(5);
    histogram.keepExemplar(5, ids[index] ?? "", spanId, atMs);
  }
  expect(histogram.snapshot().exemplars).toEqual([
    undefined,
    { traceId: ids[2], spanId, value: 0.005, atMs: 1_000 },
    undefined,
    undefined,
  ]);
});
