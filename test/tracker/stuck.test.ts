import { describe, expect, test } from "vitest";
import { createTracker, currentTask } from "taskscope";
import type { Plugin, TrackerOptions } from "taskscope";
import { ManualClock } from "taskscope/testing";
import { countStuck } from "../../src/tracker/stuck.ts";
import { TaskRecord } from "../../src/tracker/task-record.ts";
import { TaskSeries } from "../../src/tracker/task-series.ts";
import { metricReader, turn } from "./support.ts";

/** Held, so that no collection proves a task lost that waits for it. */
const lasting = new Promise<never>(() => {});
const never = (): Promise<never> => lasting;

function make(options: TrackerOptions = {}) {
  const clock = new ManualClock();
  const { reader, samples } = metricReader();
  const values = (name: string) => samples(name).map(({ labels, value }) => ({ ...labels, value }));
  return { clock, tasks: createTracker({ clock, plugins: [reader], ...options }), values };
}

describe("a running task older than expectedMs is stuck", () => {
  test("managed or observed, by its own option", async () => {
    const { tasks, clock } = make();
    void tasks.run({ name: "managed", expectedMs: 100 }, never);
    void tasks.wrap({ name: "observed", expectedMs: 200 }, never)();
    tasks.open({ name: "opened", expectedMs: 300 }).start();
    void tasks.run("patient", never);
    const stuck = (): string[] => tasks.list().flatMap((info) => (info.stuck ? [info.name] : []));
    await clock.advance(100);
    expect(stuck()).toEqual([]);
    await clock.advance(1);
    expect(stuck()).toEqual(["managed"]);
    await clock.advance(200);
    expect(stuck()).toEqual(["managed", "observed", "opened"]);
    expect(tasks.stats().total.stuck).toBe(3);
    expect(tasks.stats().bySeries.map(({ name, stuck: count }) => [name, count])).toEqual([
      ["managed", 1],
      ["observed", 1],
      ["opened", 1],
      ["patient", 0],
    ]);
  });

  test("by the expectation of its type, which holds for observed tasks too and may change", async () => {
    const { tasks, clock } = make({ types: { network: { expectedMs: 100 } } });
    void tasks.run({ name: "a", type: "network" }, never);
    void tasks.wrap({ name: "a", type: "network" }, never)();
    void tasks.run({ name: "a", type: "network", expectedMs: 1_000 }, never);
    await clock.advance(150);
    expect(tasks.stats().byType["network"]).toMatchObject({ running: 3, stuck: 2 });
    tasks.configure({ types: { network: { expectedMs: 200 } } });
    expect(tasks.stats().total.stuck).toBe(0);
    await clock.advance(51);
    expect(tasks.stats().total.stuck).toBe(2);
  });

  test("and no longer when it has ended; a queued one never is", async () => {
    const { tasks, clock } = make({ limits: { maxRunning: 1 } });
    const first = tasks.spawn({ name: "a", expectedMs: 100 }, never);
    tasks.spawn({ name: "a", expectedMs: 100 }, never);
    await clock.advance(500);
    expect(tasks.stats().total).toMatchObject({ running: 1, queued: 1, stuck: 1 });
    first.cancel();
    await turn();
    expect(tasks.stats().total).toMatchObject({ running: 1, queued: 0, stuck: 0 });
  });

  test("also under an overflow series, by its true type", async () => {
    const { tasks, clock } = make({
      types: { network: { expectedMs: 100 } },
      limits: { maxSeries: 1 },
      diag: { warn: () => {} },
    });
    void tasks.run("first", never);
    void tasks.run({ name: "second", type: "network" }, never);
    void tasks.run({ name: "third", type: "disk" }, never);
    await clock.advance(101);
    expect(tasks.stats().total.stuck).toBe(1);
  });
});

describe("a running task silent for longer than heartbeatMs is stuck", () => {
  test("from its start or its last sign of life on, and well again after the next one", async () => {
    const { tasks, clock } = make();
    const task = tasks.open({ name: "stream", heartbeatMs: 100 });
    await clock.advance(500);
    task.start();
    await clock.advance(100);
    expect(tasks.stats().total.stuck).toBe(0);
    await clock.advance(1);
    expect(tasks.stats().total.stuck).toBe(1);
    task.heartbeat();
    expect(tasks.stats().total.stuck).toBe(0);
    await clock.advance(101);
    expect(tasks.list()).toMatchObject([{ stuck: true }]);
    task.progress(1);
    expect(tasks.list()).toMatchObject([{ stuck: false }]);
    await clock.advance(101);
    task.complete();
    expect(tasks.stats().total.stuck).toBe(0);
  });

  test("managed, wrapped, and by its type", async () => {
    const { tasks, clock } = make({ types: { stream: { heartbeatMs: 100 } } });
    void tasks.run({ name: "managed", heartbeatMs: 50 }, never);
    const beat = { now: (): void => {} };
    void tasks.wrap({ name: "wrapped", type: "stream" }, () => {
      beat.now = currentTask()?.heartbeat ?? beat.now;
      return never();
    })();
    await clock.advance(101);
    expect(tasks.stats().total.stuck).toBe(2);
    beat.now();
    expect(tasks.stats().total.stuck).toBe(1);
  });

  test("and is let go of at its end", async () => {
    const records: TaskRecord[] = [];
    const plugin: Plugin = {
      name: "p",
      setup: (context) => context.onSpawn((task) => void records.push(task as TaskRecord)),
    };
    const { tasks } = make({ plugins: [plugin] });
    const fail = (): Promise<never> => Promise.reject(new Error("no"));
    const options = { name: "a", heartbeatMs: 100 };
    await Promise.allSettled([
      tasks.run(options, () => 1),
      tasks.run(options, fail),
      tasks.wrap(options, fail)(),
    ]);
    tasks.spawn(options, never).cancel();
    tasks.open(options).complete();
    tasks.open(options).cancel();
    expect(records.map(({ state }) => state)).toHaveLength(6);
    expect(records[0]?.series.beating?.size).toBe(0);
  });

  test("and counts once when it is too old as well", async () => {
    const { tasks, clock } = make();
    void tasks.run({ name: "a", expectedMs: 10, heartbeatMs: 10 }, never);
    await clock.advance(11);
    expect(tasks.stats().total.stuck).toBe(1);
  });
});

test("one timer watches over all, and keeps no process running", async () => {
  const { tasks, clock } = make();
  tasks.run({ name: "a", expectedMs: 100, heartbeatMs: 100 }, never).catch(() => {});
  void tasks.wrap({ name: "a", expectedMs: 100 }, never)();
  tasks.open({ name: "b", heartbeatMs: 100 }).start();
  expect(clock.pending).toEqual({ total: 1, keptAlive: 0 });
  await tasks.shutdown({ drainMs: 0, graceMs: 0 });
  expect(clock.pending.keptAlive).toBe(0);
});

describe("becoming stuck is announced", () => {
  test("once for each bound, and again when a task that had answered falls silent again", async () => {
    const { tasks, clock } = make({ watchMs: 1_000 });
    const told: unknown[] = [];
    tasks.subscribe({ name: "test" }, (event) => {
      if (event.kind === "stuck") told.push([event.name, event.bound, event.boundMs]);
    });
    let beat = (): void => {};
    void tasks.run({ name: "beating", heartbeatMs: 1_500 }, ({ heartbeat }) => {
      beat = heartbeat;
      return never();
    });
    void tasks.wrap({ name: "late", expectedMs: 2_500 }, never)();
    await clock.advance(10_000);
    await turn();
    expect(told).toEqual([
      ["beating", "heartbeat", 1_500],
      ["late", "expected", 2_500],
    ]);
    beat();
    await clock.advance(3_000);
    await turn();
    expect(told.slice(2)).toEqual([["beating", "heartbeat", 1_500]]);
  });

  test("to hooks, as an event of the task", async () => {
    const events: unknown[] = [];
    const plugin: Plugin = {
      name: "spans",
      setup: (context) => context.onEvent((task, event) => void events.push([task.name, event])),
    };
    const { tasks, clock } = make({ plugins: [plugin], watchMs: 1_000 });
    void tasks.run({ name: "late", expectedMs: 500 }, never);
    await clock.advance(2_000);
    const attributes = { "task.stuck.bound": "expected", "task.stuck.bound_seconds": 0.5 };
    expect(events).toEqual([["late", { name: "task.stuck", attributes }]]);
  });

  test("never with watchMs: Infinity, though they are counted", async () => {
    const { tasks, clock } = make({ watchMs: Infinity });
    const told: unknown[] = [];
    tasks.subscribe({ name: "test" }, ({ kind }) => void told.push(kind));
    void tasks.run({ name: "late", expectedMs: 500 }, never);
    await clock.advance(100_000);
    await turn();
    expect(told).toEqual(["spawned", "started"]);
    expect(tasks.stats().total.stuck).toBe(1);
    expect(clock.pending.total).toBe(0);
  });
});

test("looking for them costs in proportion to how many are stuck, not to how many run", () => {
  const series = new TaskSeries<TaskRecord>("network", "fetch", { lifecycle: {} } as never);
  for (let id = 0; id < 10_000; id += 1) {
    series.runningTasks.append(new TaskRecord(id, series, 0, undefined, "running", id < 3 ? 0 : 150));
  }
  let looks = 0;
  const running = (function* (): Generator<TaskRecord> {
    for (const record of series.runningTasks) {
      looks += 1;
      yield record;
    }
  })();
  const { type, shortestExpectedMs, beating } = series;
  const watched = { type, shortestExpectedMs, beating, runningTasks: running };
  const expectations = new Map([["network", { expectedMs: 100, heartbeatMs: Number.POSITIVE_INFINITY }]]);
  expect(countStuck(watched, expectations, 200)).toBe(3);
  expect(looks).toBe(4);
});

test("metrics say how many are stuck, and what is expected of each type that has an expectation", async () => {
  const { tasks, clock, values } = make({
    types: { network: { expectedMs: 2_500 }, database: { timeoutMs: 1 } },
  });
  void tasks.run({ name: "fetch", type: "network" }, never);
  expect(values("tasks_stuck")).toEqual([{ task_type: "network", task_name: "fetch", value: 0 }]);
  await clock.advance(2_501);
  expect(values("tasks_stuck")).toEqual([{ task_type: "network", task_name: "fetch", value: 1 }]);
  expect(values("task_expected_duration_seconds")).toEqual([{ task_type: "network", value: 2.5 }]);
});

test("bad expectations are refused", () => {
  const { tasks } = make();
  expect(() => tasks.wrap({ name: "a", expectedMs: 0 }, never)).toThrow(/^expectedMs takes .* above 0/);
  expect(() => tasks.spawn({ name: "a", heartbeatMs: -1 }, never)).toThrow(/^heartbeatMs takes/);
  expect(() => createTracker({ types: { db: { expectedMs: "1s" as never } } })).toThrow(
    /^types\.db\.expectedMs takes .* "1s" \(string\)/,
  );
});
