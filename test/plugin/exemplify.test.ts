import { createTracker, metricFamilies } from "taskscope";
import type { Exemplar, HookTask, Plugin, PluginContext, StatsSnapshot, Tracker } from "taskscope";
import { describe, expect, test } from "vitest";
import { ManualClock } from "../exporters/manual-clock.ts";

const EPOCH_MS = new ManualClock().epochMs();
const traceOf = (number: number): string => number.toString(16).padStart(32, "0");
const spanOf = (number: number): string => number.toString(16).padStart(16, "0");

interface Setting {
  readonly clock: ManualClock;
  readonly tasks: Tracker;
  readonly context: PluginContext;
  readonly stats: () => StatsSnapshot;
  /** Of the series with that name. */
  readonly durations: (name: string, outcome?: "completed" | "failed") => readonly Exemplar[];
  readonly latencies: (name: string) => readonly Exemplar[];
}

/** A tracker whose every start and end is given a trace, numbered by task. */
function makeSetting(exemplify?: (context: PluginContext) => void): Setting {
  const clock = new ManualClock();
  const contexts: PluginContext[] = [];
  const traces: Plugin = {
    name: "traces",
    setup(given) {
      contexts.push(given);
      if (exemplify !== undefined) return exemplify(given);
      const name = (task: HookTask): void => given.exemplify(task, traceOf(task.id), spanOf(task.id));
      given.onStart(name);
      given.onEnd(name);
    },
  };
  const tasks = createTracker({ clock, plugins: [traces] });
  const [context = expect.fail("no context")] = contexts;
  const stats = (): StatsSnapshot => context.stats();
  const series = (name: string): StatsSnapshot["series"][number] =>
    stats().series.find((each) => each.name === name) ?? expect.fail(`no series ${name}`);
  const present = (exemplars: readonly (Exemplar | undefined)[] = []): readonly Exemplar[] =>
    exemplars.filter((exemplar) => exemplar !== undefined);
  return {
    clock,
    tasks,
    context,
    stats,
    durations: (name, outcome = "completed") => present(series(name).durations[outcome]?.exemplars),
    latencies: (name) => present(series(name).spawnLatency?.exemplars),
  };
}

describe("exemplify", () => {
  test("from onEnd names the trace of a duration: value, instant and bucket are those of the task", async () => {
    const { clock, tasks, stats, durations } = makeSetting();
    await tasks.run("load", () => clock.advance(30));
    await tasks
      .run("load", () => {
        clock.advance(7);
        throw new Error("as it should");
      })
      .catch(() => undefined);
    const [ended, failed] = tasks.list({ name: "load" }).toSorted((a, b) => a.id - b.id);
    const exemplar = {
      traceId: traceOf(ended?.id ?? 0),
      spanId: spanOf(ended?.id ?? 0),
      value: 0.03,
      atMs: EPOCH_MS + 30,
    };
    expect(durations("load")).toEqual([exemplar]);
    const histogram = stats().series[0]?.durations.completed;
    expect(histogram?.bounds[histogram.exemplars?.indexOf(durations("load")[0]) ?? -1]).toBe(0.05);
    expect(durations("load", "failed")).toMatchObject([{ traceId: traceOf(failed?.id ?? 0), value: 0.007 }]);
  });

  test("from onStart names the trace of a managed task's spawn latency, and of no other task's", async () => {
    const { clock, tasks, durations, latencies } = makeSetting();
    const spawned = tasks.spawn("spawned", () => clock.advance(3));
    clock.advance(20);
    await spawned.result;
    tasks.wrap("wrapped", () => {})();
    expect(latencies("spawned")).toEqual([
      { traceId: traceOf(spawned.id), spanId: spanOf(spawned.id), value: 0.02, atMs: EPOCH_MS + 20 },
    ]);
    expect(durations("spawned")).toMatchObject([{ value: 0.003, atMs: EPOCH_MS + 23 }]);
    expect(latencies("wrapped")).toEqual([]);
    expect(durations("wrapped")).toHaveLength(1);
  });

  test("each bucket keeps one, the last, however many tasks there are", () => {
    const { clock, tasks, stats, durations } = makeSetting();
    const work = tasks.wrap("work", (ms: number) => clock.advance(ms));
    for (let round = 0; round < 200; round += 1) for (const ms of [0.5, 4, 40, 400, 4_000_000]) work(ms);
    const kept = durations("work");
    expect(kept.map(({ value }) => value)).toEqual([0.0005, 0.004, 0.04, 0.4, 4_000]);
    const ids = tasks.list({ name: "work" }).map(({ id }) => traceOf(id));
    expect(ids.toSorted().slice(-5)).toEqual(kept.map(({ traceId }) => traceId));
    expect(stats().series[0]?.durations.completed?.exemplars).toHaveLength(17);
  });

  test("a bucket's is replaced after a second, not sooner", () => {
    const { clock, tasks, durations } = makeSetting();
    const work = tasks.wrap("work", () => {});
    const [first, soon, later] = [0, 999, 1].map((ms) => {
      clock.advance(ms);
      work();
      return durations("work");
    });
    expect(first).toHaveLength(1);
    expect(soon).toEqual(first);
    expect(later).not.toEqual(first);
    expect(later).toMatchObject([{ atMs: EPOCH_MS + 1_000 }]);
  });

  test("a snapshot stays as it was, and two show the same", () => {
    const { clock, tasks, stats } = makeSetting();
    const work = tasks.wrap("work", () => {});
    work();
    const before = stats();
    expect(stats()).toEqual(before);
    const kept = structuredClone(before.series[0]?.durations.completed?.exemplars);
    clock.advance(1_000);
    work();
    expect(before.series[0]?.durations.completed?.exemplars).toEqual(kept);
    expect(stats().series[0]?.durations.completed?.exemplars).not.toEqual(kept);
  });

  test.each<[string, unknown, unknown]>([
    ["a short trace id", "abc", spanOf(1)],
    ["a trace id in capitals", "A".repeat(32), spanOf(1)],
    ["no trace", traceOf(0), spanOf(1)],
    ["no span", traceOf(1), spanOf(0)],
    ["what would leave its quotes", `${traceOf(1).slice(1)}"`, spanOf(1)],
    ["ten megabytes", "a".repeat(10_000_000), spanOf(1)],
    ["a line more", `${traceOf(1)}\n`, spanOf(1)],
    ["what is no text", undefined, 7],
  ])("%s is ignored", async (_, traceId, spanId) => {
    const { tasks, durations } = makeSetting((context) => {
      context.onEnd((task) => context.exemplify(task, traceId as string, spanId as string));
    });
    await tasks.run("work", () => {});
    expect(durations("work")).toEqual([]);
  });

  test("tasks that have added nothing to a histogram are ignored, and what is no task", async () => {
    const { tasks, stats, context } = makeSetting((given) => {
      const name = (task: HookTask): void => given.exemplify(task, traceOf(1), spanOf(1));
      given.onSpawn(name);
      given.onEnd(name);
      given.onEnd((task) => given.exemplify({ ...task }, traceOf(1), spanOf(1)));
    });
    const handle = tasks.spawn("never-started", () => {});
    handle.cancel();
    await handle.outcome;
    tasks.open("never-begun").cancel();
    context.exemplify(undefined as unknown as HookTask, traceOf(1), spanOf(1));
    const all = stats().series.flatMap((series) => [series.spawnLatency, ...Object.values(series.durations)]);
    expect(all.filter((histogram) => histogram?.exemplars !== undefined)).toEqual([]);
  });

  test("of two trackers that add up, the newer one counts", () => {
    const settings = [makeSetting(), makeSetting()];
    for (const [index, { clock, tasks }] of settings.entries()) {
      clock.advance(index * 1_000);
      tasks.wrap("work", () => {})();
    }
    const [first, second] = settings.map(({ durations }) => durations("work"));
    for (const order of [settings, settings.toReversed()]) {
      const families = metricFamilies(
        "x",
        order.map(({ stats }) => stats()),
      );
      const samples = families.find(({ name }) => name === "x_task_duration_seconds")?.samples;
      expect(samples?.[0]?.histogram?.count).toBe(2);
      expect(samples?.[0]?.histogram?.exemplars?.[0]).toEqual(second?.[0]);
    }
    expect(first?.[0]?.atMs).toBeLessThan(second?.[0]?.atMs ?? 0);
  });

  test("a tracker without traces keeps none", async () => {
    const { tasks, stats } = makeSetting(() => {});
    await tasks.run("work", () => {});
    expect(stats().series[0]?.durations.completed?.exemplars).toBeUndefined();
    expect(stats().series[0]?.spawnLatency?.exemplars).toBeUndefined();
  });
});
