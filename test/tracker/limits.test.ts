import { AsyncLocalStorage } from "node:async_hooks";
import { describe, expect, test } from "vitest";
import { createTracker, currentTask, TaskRejectedError } from "taskscope";
import type { TrackerOptions } from "taskscope";
import { ManualClock } from "taskscope/testing";
import { balanced, deferred, turn } from "./support.ts";

/** Held, so that no collection proves a task lost that waits for it. */
const lasting = new Promise<never>(() => {});
const never = (): Promise<never> => lasting;

function make(options: TrackerOptions = {}) {
  const clock = new ManualClock();
  return { clock, tasks: createTracker({ clock, ...options }) };
}

describe("limits on running", () => {
  test("hold in total and by type; the rest waits and starts when a slot comes free", async () => {
    const { tasks } = make({ limits: { maxRunning: 3 }, types: { db: { maxRunning: 2 } } });
    const holds = Array.from({ length: 4 }, () => deferred<void>());
    const handles = holds.map((hold, index) =>
      tasks.spawn({ name: `db${index}`, type: "db" }, () => hold.promise),
    );
    const other = tasks.spawn("other", never);
    const waits = tasks.spawn("waits", never);
    await turn();
    expect(handles.map(({ state }) => state)).toEqual(["running", "running", "queued", "queued"]);
    expect([other.state, waits.state]).toEqual(["running", "queued"]);
    expect(tasks.list({ state: "queued" }).map(({ waitingFor }) => waitingFor)).toEqual([
      "slot",
      "slot",
      "slot",
    ]);
    holds[0]?.resolve();
    await turn();
    expect(handles.map(({ state }) => state)).toEqual(["completed", "running", "running", "queued"]);
    balanced(tasks);
  });

  test("run starts in the call when a slot is free, and waits when not", async () => {
    const { tasks } = make({ limits: { maxRunning: 1 } });
    const hold = deferred<void>();
    const order: string[] = [];
    const first = tasks.run("first", () => {
      order.push("first");
      return hold.promise;
    });
    const second = tasks.run("second", () => void order.push("second"));
    order.push("returned");
    hold.resolve();
    await Promise.all([first, second]);
    expect(order).toEqual(["first", "returned", "second"]);
  });

  test("do not touch observed tasks", async () => {
    const { tasks } = make({ limits: { maxRunning: 1, maxQueued: 0 } });
    void tasks.run("holds", never);
    const observed = tasks.wrap({ name: "observed" }, () => 5);
    expect(observed()).toBe(5);
    expect(() => tasks.spawn("refused", never)).toThrow(TaskRejectedError);
  });

  test("a task that ends early frees its slot at once, while its body goes on", async () => {
    const { tasks, clock } = make({ limits: { maxRunning: 1 } });
    const slow = tasks.run({ name: "slow", timeoutMs: 10 }, never).catch(() => "timed out");
    const next = tasks.run("next", () => "next");
    await clock.advance(10);
    expect([await slow, await next]).toEqual(["timed out", "next"]);
  });

  test("a waiting task that is cancelled leaves no trace in the queue", async () => {
    const { tasks } = make({ limits: { maxRunning: 1, maxQueued: 1 } });
    const hold = deferred<void>();
    const first = tasks.run("first", () => hold.promise);
    const waits = tasks.spawn("waits", () => "never");
    expect(tasks.trySpawn("refused", never)).toBeUndefined();
    waits.cancel();
    const last = tasks.spawn("last", () => "last");
    hold.resolve();
    await first;
    expect(await last.result).toBe("last");
    expect(await waits.outcome).toMatchObject({ status: "cancelled", attempts: 0 });
    balanced(tasks);
  });

  test("cancelled between its grant and its start, a task gives the slot on", async () => {
    const { tasks } = make({ limits: { maxRunning: 1 } });
    const hold = deferred<void>();
    void tasks.run("first", () => hold.promise);
    const second = tasks.spawn("second", never);
    const third = tasks.spawn("third", () => "third");
    hold.resolve();
    await Promise.resolve();
    await Promise.resolve();
    second.cancel();
    expect(await third.result).toBe("third");
    const fourth = tasks.spawn("fourth", never);
    fourth.cancel();
    expect(await tasks.run("fifth", () => "fifth")).toBe("fifth");
  });
});

describe("refusals", () => {
  test.each([
    ["limit", { maxRunning: 1, maxQueued: 0 }, {}],
    ["queue_full", { maxRunning: 1, maxQueued: 1 }, {}],
    ["rate", { maxQueued: 0 }, { general: { startsPerSecond: 1 } }],
  ] as const)("say %s, are typed and counted, and leave no task", async (reason, limits, types) => {
    const { tasks } = make({ limits, types });
    const made: unknown[] = [];
    let refused: unknown;
    for (let index = 0; index < 3 && refused === undefined; index += 1) {
      try {
        made.push(tasks.spawn("t", never));
      } catch (error) {
        refused = error;
      }
    }
    expect(refused).toBeInstanceOf(TaskRejectedError);
    expect(refused).toMatchObject({ reason, code: "TASKSCOPE_REJECTED" });
    await expect(tasks.run("t", never)).rejects.toMatchObject({ reason });
    expect(tasks.trySpawn("t", never)).toBeUndefined();
    expect(tasks.stats().total).toMatchObject({ spawned: made.length, rejected: 3 });
    balanced(tasks);
  });

  test("come with too many tasks alive, observed ones included", async () => {
    const { tasks } = make({ limits: { maxTracked: 2 } });
    void tasks.wrap("observed", never)();
    const managed = tasks.spawn("managed", never);
    await expect(tasks.run("third", never)).rejects.toMatchObject({ reason: "limit" });
    void tasks.wrap("observed", never)();
    managed.cancel();
    expect(() => tasks.spawn("fourth", never)).toThrow(/maxTracked/);
    tasks.configure({ limits: { maxTracked: 3 } });
    await expect(tasks.run("fourth", () => 4)).resolves.toBe(4);
    expect(tasks.stats().total).toMatchObject({ spawned: 4, rejected: 2 });
    balanced(tasks);
  });

  test("a start that nothing came of does not count against the rate", async () => {
    const { tasks } = make({ types: { slow: { startsPerSecond: 1 } } });
    tasks.spawn({ name: "t", type: "slow" }, never).cancel();
    const next = tasks.spawn({ name: "t", type: "slow" }, () => "started");
    await expect(next.result).resolves.toBe("started");
    expect(tasks.trySpawn({ name: "t", type: "slow" }, never)?.state).toBe("queued");
    balanced(tasks);
  });

  test("trySpawn passes on bad options", () => {
    const { tasks } = make();
    expect(() => tasks.trySpawn({ name: "t", timeoutMs: -1 }, never)).toThrow(/^timeoutMs/);
  });

  test("come when too many bodies go on beyond their grace", async () => {
    const { tasks, clock } = make({ limits: { maxUnresponsive: 2 } });
    const holds = [deferred<void>(), deferred<void>()];
    for (const hold of holds) {
      void tasks
        .run({ name: "zombie", timeoutMs: 10, cancelGraceMs: 10 }, () => hold.promise)
        .catch(() => undefined);
    }
    await clock.advance(20);
    expect(tasks.stats().total.unresponsive).toBe(2);
    expect(() => tasks.spawn("t", never)).toThrow(expect.objectContaining({ reason: "unresponsive" }));
    holds[0]?.resolve();
    await turn();
    expect(await tasks.run("t", () => 1)).toBe(1);
  });
});

describe("who goes first", () => {
  test("higher priority, then who came first", async () => {
    const { tasks } = make({ limits: { maxRunning: 1 } });
    const hold = deferred<void>();
    void tasks.run("first", () => hold.promise);
    const order: string[] = [];
    for (const [name, priority] of [
      ["low", -5],
      ["a", 0],
      ["high", 9],
      ["b", 0],
    ] as const) {
      tasks.spawn({ name, priority }, () => void order.push(name));
    }
    hold.resolve();
    await turn();
    expect(order).toEqual(["high", "a", "b", "low"]);
  });

  test("a type's policy gives its tasks their priority", async () => {
    const { tasks } = make({ limits: { maxRunning: 1 }, types: { urgent: { priority: 5 } } });
    const hold = deferred<void>();
    void tasks.run("first", () => hold.promise);
    const order: string[] = [];
    tasks.spawn("normal", () => void order.push("normal"));
    tasks.spawn({ name: "urgent", type: "urgent" }, () => void order.push("urgent"));
    hold.resolve();
    await turn();
    expect(order).toEqual(["urgent", "normal"]);
  });
});

test("a task that waited runs in the context of whoever asked for it", async () => {
  const { tasks } = make({ limits: { maxRunning: 1 } });
  const store = new AsyncLocalStorage<string>();
  const hold = deferred<void>();
  const first = tasks.run("first", () => hold.promise);
  const parent = tasks.spawn("unlimited parent", () => undefined);
  const seen = store.run("asker", () =>
    tasks.run("waits", ({ task }) => [store.getStore(), currentTask()?.task.id === task.id]),
  );
  hold.resolve();
  await first;
  expect(await seen).toEqual(["asker", true]);
  await parent.outcome;
});

describe("configure", () => {
  test("changes limits and policies of a live tracker", async () => {
    const { tasks, clock } = make({ limits: { maxRunning: 1 }, types: { db: { timeoutMs: 100 } } });
    void tasks.run({ name: "first", type: "db" }, never).catch(() => undefined);
    const second = tasks.spawn({ name: "second", type: "db" }, never);
    await turn();
    expect(second.state).toBe("queued");
    tasks.configure({ limits: { maxRunning: 5 } });
    await turn();
    expect(second.state).toBe("running");
    tasks.configure({ types: { db: { maxRunning: 2 } } });
    const third = tasks.spawn({ name: "third", type: "db" }, never);
    await turn();
    expect(third.state).toBe("queued");
    await clock.advance(100);
    expect(third.state).toBe("running");
    expect(second.state).toBe("failed");
  });

  test("counts what runs already against the first limit of a type", async () => {
    const { tasks } = make();
    const hold = deferred<void>();
    void tasks.run({ name: "runs", type: "db" }, () => hold.promise);
    tasks.configure({ types: { db: { maxRunning: 1 } } });
    const waits = tasks.spawn({ name: "waits", type: "db" }, () => "waited");
    await turn();
    expect(waits.state).toBe("queued");
    hold.resolve();
    expect(await waits.result).toBe("waited");
    expect(tasks.pressure("db")).toBe(0);
  });

  test("reaches managed wraps that were made before", async () => {
    const { tasks, clock } = make();
    const hang = tasks.wrap({ name: "hang", type: "net", managed: true }, never);
    tasks.configure({ types: { net: { timeoutMs: 10 } } });
    const failure = hang().catch((error: unknown) => error);
    await clock.advance(10);
    expect(await failure).toMatchObject({ code: "TASKSCOPE_TIMEOUT" });
  });

  test("refuses bad options whole", () => {
    const { tasks } = make({ limits: { maxRunning: 1 } });
    expect(() => tasks.configure({ limits: { maxRunning: 2 }, types: { a: { maxRunning: 0 } } })).toThrow(
      /^types\.a\.maxRunning takes a whole number from 1 up, or Infinity for none, got 0/,
    );
    void tasks.run("first", never);
    expect(tasks.pressure()).toBe(1);
    expect(() => tasks.configure({ retention: {} } as never)).toThrow(/^retention takes no value/);
    expect(() => tasks.configure({ limits: { maxSeries: 5 } } as never)).toThrow(/^limits\.maxSeries/);
  });
});

test("pressure tells how near a limit is", async () => {
  const { tasks } = make({ limits: { maxRunning: 4 }, types: { db: { maxRunning: 2 } } });
  expect(tasks.pressure()).toBe(0);
  void tasks.run({ name: "a", type: "db" }, never);
  expect([tasks.pressure("db"), tasks.pressure(), tasks.pressure("other")]).toEqual([0.5, 0.5, 0.25]);
});
