import { describe, expect, test } from "vitest";
import { createTracker, metricFamilies } from "taskscope";
import type { MetricReading, PluginContext, StatsSnapshot } from "taskscope";
import { ManualClock } from "taskscope/testing";

const reading: MetricReading = {
  metric: "breakerState",
  labels: { state: "open", breaker: "search" },
  value: 1,
};

function contribute(read: () => Iterable<MetricReading>): {
  stats: () => StatsSnapshot;
  warnings: string[];
  remove: () => Promise<void>;
} {
  const warnings: string[] = [];
  let context: PluginContext | undefined;
  const tasks = createTracker({
    clock: new ManualClock(),
    diag: { warn: (message, error) => void warnings.push(`${message}: ${String(error)}`) },
    plugins: [{ name: "probe", setup: (given) => void (context = given) }],
  });
  const remove = tasks.use({ name: "contributor", setup: (given) => given.contributeMetrics(read) });
  const stats = (): StatsSnapshot => context?.stats() ?? expect.fail("no context");
  return { stats, warnings, remove };
}

describe("what plugins contribute", () => {
  test("is read at each snapshot, and gone with the plugin", async () => {
    let value = 0;
    const { stats, remove } = contribute(() => [{ ...reading, value: (value += 1) }]);
    expect(stats().contributed).toMatchObject([{ value: 1 }]);
    expect(stats().contributed).toMatchObject([{ value: 2 }]);
    await remove();
    expect(stats().contributed).toEqual([]);
  });

  test("becomes samples of the catalogue's row, labels in its order, one where trackers agree", () => {
    const { stats } = contribute(() => [reading]);
    const families = metricFamilies("app", [stats(), stats()]);
    const family = families.find(({ name }) => name === "app_breaker_state");
    expect(family?.samples).toEqual([
      { labels: { breaker: "search", state: "open" }, value: 1, histogram: undefined },
    ]);
    expect(Object.keys(family?.samples[0]?.labels ?? {})).toEqual(["breaker", "state"]);
  });

  test.each<[string, unknown]>([
    ["a metric of the tracker's own", { ...reading, metric: "spawned" }],
    ["an unknown metric", { ...reading, metric: "__proto__" }],
    ["a missing label", { ...reading, labels: { breaker: "search" } }],
    ["an unknown label", { ...reading, labels: { ...reading.labels, id: "1" } }],
    ["a label that is no string", { ...reading, labels: { breaker: 1, state: "open" } }],
    ["a label that is too long", { ...reading, labels: { breaker: "x".repeat(257), state: "open" } }],
    ["a value that is no number", { ...reading, value: Number.NaN }],
    ["nothing", undefined],
  ])("ends at %s, which is counted", (_, bad) => {
    const { stats, warnings } = contribute(() => [reading, bad as MetricReading, reading]);
    expect(stats().contributed).toHaveLength(1);
    expect(stats().pluginErrors.get("contributor")).toBeGreaterThan(0);
    expect(warnings).toEqual([expect.stringMatching(/^Plugin contributor threw in contributeMetrics; /)]);
  });

  test("is bounded", () => {
    const { stats, warnings } = contribute(function* () {
      for (let index = 0; ; index += 1) yield { ...reading, labels: { breaker: `${index}`, state: "open" } };
    });
    expect(stats().contributed).toHaveLength(1_000);
    expect(warnings).toEqual([expect.stringContaining("more than 1000 readings")]);
  });

  test("and throws leaves the rest of the numbers alone", () => {
    const { stats } = contribute(() => {
      throw new Error("rude");
    });
    expect(stats()).toMatchObject({ contributed: [], trackerTasks: { running: 0 } });
  });
});
