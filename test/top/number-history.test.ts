import { expect, test } from "vitest";
import { NumberHistory } from "../../src/cli/top/number-history.ts";
import type { Sample, SeriesRow } from "../../src/cli/top/number-history.ts";
import { NOW_MS, sampleSeries, sampleStats } from "./sample-picture.ts";

function looksAt(numbers: NumberHistory, counts: readonly number[]): Sample | undefined {
  for (const [second, spawned] of counts.entries())
    numbers.addStats(sampleStats(NOW_MS + second * 1_000, { spawned, failed: spawned / 10 }));
  return numbers.samples.at(-1);
}

test("the first look has no rates", () => {
  expect(looksAt(new NumberHistory(), [500])).toMatchObject({
    spawnedPerSecond: undefined,
    failedPerSecond: undefined,
  });
});

test("rates are of the last five seconds", () => {
  const last = looksAt(new NumberHistory(), [0, 0, 0, 0, 0, 0, 0, 100, 200, 300, 400, 500]);
  expect(last).toMatchObject({ spawnedPerSecond: 100, failedPerSecond: 10 });
});

test("another process begins a history of its own: by its counters, or by its pid", () => {
  const numbers = new NumberHistory();
  looksAt(numbers, [100, 200]);
  numbers.addStats(sampleStats(NOW_MS + 5_000, { spawned: 150 }));
  expect(numbers.samples).toHaveLength(1);
  const process = { pid: 1, name: "other.js", startedAtMs: 0 };
  numbers.addStats(sampleStats(NOW_MS + 6_000, { spawned: 300 }, { process }));
  expect(numbers.samples).toHaveLength(1);
  expect(numbers.samples[0]?.spawnedPerSecond).toBeUndefined();
});

test("five minutes are kept, and no more than six hundred looks", () => {
  const numbers = new NumberHistory();
  looksAt(
    numbers,
    Array.from({ length: 400 }, (_, at) => at),
  );
  expect(numbers.samples).toHaveLength(301);
  const fast = new NumberHistory();
  for (let at = 0; at < 1_000; at += 1) fast.addStats(sampleStats(NOW_MS + at * 250, { spawned: at }));
  expect(fast.samples).toHaveLength(600);
});

function grown(counts: readonly number[]): SeriesRow | undefined {
  const numbers = new NumberHistory();
  let rows: SeriesRow[] = [];
  for (const [look, running] of counts.entries())
    rows = numbers.addSeries(NOW_MS + look * 2_000, [
      sampleSeries({ type: "a", name: "b", running, spawned: look }),
    ]);
  return rows[0];
}

test("a series grows that only becomes more, by ten at least, over ten seconds at least", () => {
  expect(grown([0, 2, 4, 6, 8, 10])).toMatchObject({ grownBy: 10, grownOverMs: 10_000 });
  expect(grown([0, 2, 4, 6, 8, 9])?.grownBy).toBeUndefined();
  expect(grown([0, 5, 4, 6, 8, 20])?.grownBy).toBeUndefined();
  expect(grown([0, 100])?.grownBy).toBeUndefined();
});

test("growth is looked at over the last minute", () => {
  const counts = Array.from({ length: 40 }, (_, at) => (at < 5 ? at * 10 : 50));
  expect(grown(counts)?.grownBy).toBeUndefined();
});
