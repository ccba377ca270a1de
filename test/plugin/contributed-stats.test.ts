import { describe, expect, test } from "vitest";
import { createTracker, metricFamilies } from "taskscope";
import type { PluginContext, ReadStats, StatsSnapshot, Tracker } from "taskscope";
import { ManualClock as WorkloadClock } from "../exporters/manual-clock.ts";
import { runWorkload } from "../exporters/workload.ts";
import { mergeSnapshots } from "../../src/plugin/index.ts";

interface Probe {
  readonly tasks: Tracker;
  readonly context: PluginContext;
  readonly warnings: string[];
}

function probed(clock = new WorkloadClock()): Probe {
  const warnings: string[] = [];
  let context: PluginContext | undefined;
  const tasks = createTracker({
    clock,
    types: { database: { maxRunning: 3, expectedMs: 50 } },
    diag: { warn: (message, error) => void warnings.push(`${message}: ${String(error)}`) },
    plugins: [{ name: "probe", setup: (given) => void (context = given) }],
  });
  return { tasks, context: context ?? expect.fail("no context"), warnings };
}

async function worked(): Promise<StatsSnapshot> {
  const clock = new WorkloadClock();
  const { tasks, context } = probed(clock);
  const finish = await runWorkload(tasks, clock);
  const snapshot = context.stats();
  await finish();
  return snapshot;
}

function contribute({ tasks }: Probe, read: ReadStats): () => Promise<void> {
  return tasks.use({ name: "contributor", setup: (context) => context.contributeStats(read) });
}

test("snapshots merged give the families of the snapshots apart, whatever stands in them", async () => {
  const apart = [await worked(), await worked(), await worked()];
  const reading = { metric: "breakerState", labels: { breaker: "b", state: "open" } } as const;
  const snapshots = apart.map((snapshot, index) => ({
    ...snapshot,
    contributed: [{ ...reading, value: index % 2 }],
    eventsDropped: new Map([["log", index + 1]]),
    expectedMs: new Map([["database", 50 * index]]),
    seriesOverflow: index,
  }));
  const merged = mergeSnapshots(snapshots);
  expect(merged.series).toHaveLength(apart[0]?.series.length ?? 0);
  expect(metricFamilies("app", [merged])).toEqual(metricFamilies("app", snapshots));
});

describe("stats that plugins contribute", () => {
  test("stand in what every plugin reads, and not in the tracker's own", async () => {
    const probe = probed();
    const remote = await worked();
    const remove = contribute(probe, () => [remote, remote]);
    await probe.tasks.run({ name: "get-user", type: "database" }, () => 1);
    const series = probe.context.stats().series.find(({ name }) => name === "get-user");
    expect(series?.completed).toBe(3);
    expect(probe.context.stats()).toEqual(probe.context.stats());
    expect(probe.tasks.stats().total.completed).toBe(1);
    await remove();
    expect(probe.context.stats().series).toHaveLength(1);
  });

  test("that throw, or are none, leave the rest as it is, and are counted", async () => {
    const probe = probed();
    contribute(probe, () => [{ series: [null] } as unknown as StatsSnapshot]);
    await probe.tasks.run("own", () => 1);
    expect(probe.context.stats().series).toHaveLength(1);
    expect(probe.context.stats().pluginErrors.get("contributor")).toBeGreaterThan(0);
    expect(probe.warnings).toEqual([expect.stringContaining("threw in contributeStats")]);
  });

  test("may be made from the tracker's own, which is read alone then", async () => {
    const probe = probed();
    contribute(probe, () => [probe.context.stats()]);
    await probe.tasks.run("own", () => 1);
    expect(probe.context.stats().series[0]?.completed).toBe(2);
    expect(probe.warnings).toEqual([]);
  });
});

test("each tracker has an id of its own", () => {
  const ids = [probed(), probed()].map(({ context }) => context.trackerId);
  expect(new Set(ids).size).toBe(2);
  for (const id of ids) expect(id).toMatch(/^[0-9a-f-]{36}$/);
});
