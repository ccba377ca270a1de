import { AsyncLocalStorage } from "node:async_hooks";
import { describe, expect, test } from "vitest";
import { createTracker, currentTask } from "taskscope";
import { ManualClock } from "taskscope/testing";
import { collect, kindsOf, makeTracker } from "../events/support.ts";
import { balanced, deferred, turn } from "./support.ts";

describe("a subscriber", () => {
  test("finds seq without gaps and each task's events in order, whatever goes on", async () => {
    const { tasks } = makeTracker();
    const { events } = collect(tasks, { capacity: 100_000 });
    const work = tasks.wrap("work", async (depth: number): Promise<void> => {
      await null;
      if (depth > 0) await Promise.all([work(depth - 1), tasks.run("managed", () => work(depth - 1))]);
    });
    await Promise.all([work(6), work(6)]);
    await turn();
    await turn();
    expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index + 1));
    const lives = new Map<number, string[]>();
    for (const { id, kind } of events) lives.set(id, [...(lives.get(id) ?? []), kind]);
    expect(lives.size).toBe(tasks.stats().total.spawned);
    for (const kinds of lives.values()) expect(kinds).toEqual(["spawned", "started", "completed"]);
  });

  test("runs in no task and in no context of one", async () => {
    const storage = new AsyncLocalStorage<string>();
    const { tasks } = makeTracker();
    const seen: unknown[] = [];
    tasks.subscribe({ name: "looks" }, async () => {
      seen.push(currentTask(), storage.getStore());
      await null;
      seen.push(currentTask(), storage.getStore());
    });
    await storage.run("request", () => tasks.run("work", () => tasks.wrap("inner", async () => {})()));
    for (let index = 0; index < 3; index += 1) await turn();
    expect(seen).toHaveLength(24);
    expect(new Set(seen)).toEqual(new Set([undefined]));
  });

  test("that was made inside a task is in none either", async () => {
    const { tasks } = makeTracker();
    const seen: unknown[] = [];
    await tasks.run(
      "maker",
      () => void tasks.subscribe({ name: "late" }, () => void seen.push(currentTask())),
    );
    await tasks.run("outer", () => tasks.run("inner", () => {}));
    await turn();
    expect(seen.length).toBeGreaterThan(5);
    expect(new Set(seen)).toEqual(new Set([undefined]));
  });

  test("of a tracker that was made inside a task, or a request, is in none either", async () => {
    const storage = new AsyncLocalStorage<string>();
    const { tasks: other } = makeTracker();
    const seen: unknown[] = [];
    const { tasks } = storage.run("request", () => other.wrap("making", () => makeTracker())());
    tasks.subscribe({ name: "looks" }, () => void seen.push(currentTask(), storage.getStore()));
    tasks.wrap("work", () => 1)();
    await turn();
    expect(seen).toEqual(Array.from({ length: 6 }, () => undefined));
  });

  test("may spawn and cancel in its call: the books stay balanced, its own tasks are roots", async () => {
    const { tasks } = makeTracker();
    const seen = collect(tasks, {}, (event) => {
      if (event.kind === "started" && event.name === "victim") tasks.cancel(event.id, "by subscriber");
      if (event.kind === "cancelled") tasks.spawn("follow-up", () => 1);
      balanced(tasks);
    });
    const victim = tasks.spawn("victim", () => new Promise(() => {}));
    expect((await victim.outcome).status).toBe("cancelled");
    for (let index = 0; index < 4; index += 1) await turn();
    expect(kindsOf(seen.events)).toEqual([
      "spawned victim",
      "started victim",
      "cancel-requested victim",
      "cancelled victim",
      "spawned follow-up",
      "started follow-up",
      "completed follow-up",
    ]);
    expect(seen.events[4]).toMatchObject({ parentId: undefined });
  });

  test("changes nothing of a task, even if it throws at every event", async () => {
    const { tasks, warnings } = makeTracker();
    tasks.subscribe({ name: "rude" }, () => expect.fail("rude"));
    const value = {};
    const error = new Error("own");
    expect(await tasks.wrap("give", async () => value)()).toBe(value);
    await expect(tasks.run("fail", () => Promise.reject(error))).rejects.toBe(error);
    await turn();
    expect(warnings).toHaveLength(1);
    balanced(tasks);
  });

  test("is told everything before shutdown resolves, and nothing after", async () => {
    const { tasks, clock } = makeTracker();
    const { events } = collect(tasks, {}, async () => {
      await null;
    });
    const work = tasks.wrap("work", () => 1);
    void tasks.run("stays", () => new Promise(() => {})).catch(() => {});
    for (let index = 0; index < 10; index += 1) work();
    await tasks.shutdown({ drainMs: 0, graceMs: 0 });
    expect(events).toHaveLength(2 + 30 + 2);
    expect(events.at(-1)).toMatchObject({ kind: "cancelled", name: "stays", cancelledBy: "shutdown" });
    work();
    await turn();
    expect(events).toHaveLength(34);
    expect(clock.pending.keptAlive).toBe(0);
  });

  test("that is stalled holds up a shutdown no longer than its bound", async () => {
    const { tasks, clock, warnings } = makeTracker();
    tasks.subscribe({ name: "stalled" }, () => new Promise<void>(() => {}));
    tasks.wrap("work", () => 1)();
    await turn();
    const ending = tasks.shutdown();
    await clock.advance(5_000);
    await ending;
    expect(warnings).toEqual(["Subscriber stalled did not deal with its events within 5000 ms"]);
  });
});

describe("while nobody listens", () => {
  test("no event is numbered and the wall clock is not read", async () => {
    let readings = 0;
    const clock = new (class extends ManualClock {
      override epochMs(): number {
        readings += 1;
        return super.epochMs();
      }
    })();
    const tasks = createTracker({ clock });
    const before = readings;
    const work = tasks.wrap("work", async () => {});
    for (let index = 0; index < 10; index += 1) await work();
    await tasks.run("managed", () => 1);
    tasks.spawn("cancelled", () => 1).cancel();
    expect(readings).toBe(before);
    const { events } = collect(tasks);
    await work();
    await turn();
    expect(events.map(({ seq }) => seq)).toEqual([1, 2, 3]);
  });

  test("a task that began before the subscription is heard of from its next event on", async () => {
    const { tasks } = makeTracker();
    const body = deferred<void>();
    const running = tasks.wrap("running", () => body.promise)();
    const { events } = collect(tasks);
    body.resolve();
    await running;
    await turn();
    expect(kindsOf(events)).toEqual(["completed running"]);
  });
});
