import { describe, expect, test } from "vitest";
import { createTracker } from "taskscope";
import type { TrackerOptions } from "taskscope";
import { ManualClock } from "taskscope/testing";
import { balanced, metricReader } from "./support.ts";

/** Held, so that no collection proves a task lost that waits for it. */
const lasting = new Promise<never>(() => {});
const never = (): Promise<never> => lasting;

function make(options: TrackerOptions = {}) {
  const clock = new ManualClock();
  const { reader, samples } = metricReader();
  return { clock, tasks: createTracker({ clock, plugins: [reader], ...options }), samples };
}

describe("stats", () => {
  test("adds up what became of every task, in total, by type and by series, and reading changes nothing", async () => {
    const { tasks } = make({ types: { database: { maxRunning: 1 } }, limits: { maxQueued: 1 } });
    await tasks.run({ name: "query", type: "database" }, () => 1);
    await tasks
      .run({ name: "query", type: "database" }, () => Promise.reject(new Error("no")))
      .catch(() => {});
    tasks.spawn({ name: "query", type: "database" }, never).cancel();
    tasks.spawn({ name: "lock", type: "database" }, never);
    tasks.spawn({ name: "lock", type: "database" }, never);
    expect(tasks.trySpawn({ name: "lock", type: "database" }, never)).toBeUndefined();
    void tasks.wrap("page", never)();
    const none = { lost: 0, stuck: 0, unresponsive: 0, restarted: 0 };
    const query = {
      spawned: 3,
      queued: 0,
      running: 0,
      completed: 1,
      failed: 1,
      cancelled: 1,
      rejected: 0,
      ...none,
    };
    const lock = {
      spawned: 2,
      queued: 2,
      running: 0,
      completed: 0,
      failed: 0,
      cancelled: 0,
      rejected: 1,
      ...none,
    };
    const page = {
      spawned: 1,
      queued: 0,
      running: 1,
      completed: 0,
      failed: 0,
      cancelled: 0,
      rejected: 0,
      ...none,
    };
    const database = { ...lock, spawned: 5, completed: 1, failed: 1, cancelled: 1 };
    const expected = {
      total: { ...database, spawned: 6, running: 1 },
      byType: { database, general: page },
      bySeries: [
        { type: "database", name: "query", ...query },
        { type: "database", name: "lock", ...lock },
        { type: "general", name: "page", ...page },
      ],
    };
    expect(tasks.stats()).toEqual(expected);
    expect(tasks.stats()).toEqual(expected);
    balanced(tasks);
  });

  test("is a copy: what comes later is not in it", async () => {
    const { tasks } = make();
    const before = tasks.stats();
    await tasks.run("t", () => 1);
    expect(before.total.spawned).toBe(0);
    expect(tasks.stats().total.spawned).toBe(1);
  });

  test("a type named __proto__ is only a key", async () => {
    const { tasks } = make();
    await tasks.run({ name: "t", type: "__proto__" }, () => 1);
    expect(tasks.stats().byType["__proto__"]).toMatchObject({ completed: 1 });
    expect(Object.keys(tasks.stats().byType)).toEqual(["__proto__"]);
  });
});

describe("saturation", () => {
  test("running stands beside its limit, which follows configure, and waits are in the latency", async () => {
    const { tasks, samples, clock } = make({ types: { database: { maxRunning: 1 }, free: {} } });
    const limits = (): unknown[] =>
      samples("tasks_limit").map(({ labels, value }) => [labels["task_type"], value]);
    expect(limits()).toEqual([
      ["database", 1],
      ["free", 0],
    ]);
    const first = tasks.spawn({ name: "query", type: "database" }, never);
    const second = tasks.spawn({ name: "query", type: "database" }, () => 2);
    await clock.advance(700);
    expect(samples("tasks_running").map(({ value }) => value)).toEqual([1]);
    expect(samples("tasks_queued").map(({ value }) => value)).toEqual([1]);
    first.cancel();
    await second.result;
    const [latency] = samples("task_spawn_latency_seconds");
    expect(latency?.histogram).toMatchObject({ count: 2, sum: 0.7 });
    tasks.configure({ types: { database: { maxRunning: 8 } } });
    expect(limits()).toEqual([
      ["database", 8],
      ["free", 0],
    ]);
  });
});
