import { describe, expect, test } from "vitest";
import { createTracker } from "taskscope";
import { ManualClock } from "taskscope/testing";
import { turn } from "./support.ts";

function make(retention = {}) {
  const clock = new ManualClock();
  return { clock, tasks: createTracker({ clock, retention, watchMs: Infinity }) };
}

describe("finished tasks", () => {
  test("can be looked at until they are too old, counted from their end", async () => {
    const { tasks, clock } = make({ finishedMs: 1_000, sweepMs: 100 });
    const slow = tasks.spawn(
      "slow",
      () => new Promise((resolve) => void clock.setTimer(() => resolve(1), 5_000, true)),
    );
    await clock.advance(5_000);
    expect(slow.state).toBe("completed");
    await clock.advance(900);
    expect(tasks.get(slow.id)?.state).toBe("completed");
    await clock.advance(200);
    expect(tasks.get(slow.id)).toBeUndefined();
    expect(slow).toMatchObject({ state: "completed", endedAtMs: expect.any(Number) as number });
  });

  test("say the same of a managed task as the handle that saw it end", async () => {
    const clock = new ManualClock();
    const tasks = createTracker({ clock, limits: { maxRunning: 1 } });
    const work = (): Promise<void> =>
      new Promise((resolve) => void clock.setTimer(() => resolve(), 300, true));
    const first = tasks.spawn({ name: "first", type: "job" }, work);
    const second = tasks.spawn("second", work);
    const third = tasks.spawn({ name: "third", key: "k" }, work);
    await clock.advance(1_000);
    for (const handle of [first, second, third]) {
      const [info] = tasks.list().filter(({ id }) => id === handle.id);
      const { id, name, type, state, parentId, attempt, spawnedAtMs, startedAtMs, endedAtMs } = handle;
      expect(info).toMatchObject({ id, name, type, state, parentId, attempt, managed: true });
      expect(info).toMatchObject({ spawnedAtMs, startedAtMs, endedAtMs });
      const { durationMs, queuedMs } = await handle.outcome;
      expect(info?.durationMs).toBe(durationMs);
      expect(await tasks.get(id)?.outcome).toMatchObject({ durationMs, queuedMs, attempts: 1 });
    }
    expect((await third.outcome).queuedMs).toBe(600);
  });

  test("give way to newer ones beyond maxFinished", async () => {
    const { tasks } = make({ maxFinished: 100 });
    for (let index = 0; index < 250; index += 1) await tasks.run({ name: `n${index}` }, () => index);
    const names = tasks.list().map(({ name }) => name);
    expect(names).toHaveLength(100);
    expect([names.at(0), names.at(-1)]).toEqual(["n150", "n249"]);
    expect(tasks.count({ state: "completed" })).toBe(100);
  });

  test("are dropped by sweep, by age and all", async () => {
    const { tasks, clock } = make();
    await tasks.run("old", () => 1);
    await clock.advance(1_000);
    await tasks.run("new", () => 1);
    expect(tasks.sweep(500)).toBe(1);
    expect(tasks.list().map(({ name }) => name)).toEqual(["new"]);
    expect(tasks.sweep(0)).toBe(1);
    expect(tasks.sweep(0)).toBe(0);
    await tasks.run("again", () => 1);
    expect(tasks.count()).toBe(1);
  });

  test("are not kept at all with maxFinished 0", async () => {
    const { tasks } = make({ maxFinished: 0 });
    await tasks.run("gone", () => 1);
    expect(tasks.list()).toEqual([]);
  });

  test("no timer stands when there is nothing to sweep", async () => {
    const { tasks, clock } = make({ finishedMs: 100, sweepMs: 50 });
    await tasks.run("one", () => 1);
    await clock.advance(1_000);
    expect(clock.pending.total).toBe(0);
    expect(tasks.count()).toBe(0);
  });

  test("a handle got after the end knows how, but not the result", async () => {
    const { tasks } = make();
    const good = tasks.spawn("good", () => ({ large: true }));
    const bad = tasks.spawn("bad", () => Promise.reject(new TypeError("why")));
    await turn();
    const goodAgain = tasks.get(good.id);
    const badAgain = tasks.get(bad.id);
    expect(await goodAgain?.outcome).toMatchObject({ status: "completed", value: undefined });
    await expect(goodAgain?.result).rejects.toMatchObject({ code: "TASKSCOPE_RESULT_DISCARDED" });
    await expect(badAgain?.result).rejects.toThrow(/no longer held.*it said: why/);
    expect(await badAgain?.outcome).toMatchObject({ status: "failed", errorType: "TypeError" });
    expect(await good.result).toEqual({ large: true });
  });

  test("keep the error's text, cut, and not the error", async () => {
    const { tasks } = make();
    await tasks.run("bad", () => Promise.reject(new Error("x".repeat(10_000)))).catch(() => undefined);
    expect(tasks.list()[0]?.errorMessage).toHaveLength(1_024);
  });
});

describe("looking", () => {
  test("filters by state, type, name, parent and age, oldest first, up to a limit", async () => {
    const { tasks, clock } = make();
    /** Held, so that no collection proves a task lost that waits for it. */
    const lasting = new Promise<never>(() => {});
    const never = (): Promise<never> => lasting;
    const old = tasks.spawn({ name: "a", type: "x" }, never);
    await clock.advance(100);
    tasks.spawn({ name: "b", type: "x", parent: old }, never);
    tasks.spawn({ name: "a", type: "y" }, never);
    const names = (filter: object): string[] => tasks.list(filter).map(({ name, type }) => `${type}/${name}`);
    expect(names({ state: "queued" })).toEqual(["x/b", "y/a"]);
    expect(names({ state: "running" })).toEqual(["x/a"]);
    expect(names({ type: "x" })).toEqual(["x/a", "x/b"]);
    expect(names({ name: "a" })).toEqual(["x/a", "y/a"]);
    expect(names({ parentId: old.id })).toEqual(["x/b"]);
    expect(names({ olderThanMs: 50 })).toEqual(["x/a"]);
    expect(names({ limit: 2 })).toEqual(["x/a", "x/b"]);
    expect(tasks.get(old.id)).toBe(old);
    expect(tasks.get(987_654_321)).toBeUndefined();
  });

  test("instants stay the same however often they are read, and follow the wall clock when it is set", async () => {
    const { tasks, clock } = make();
    const handle = tasks.spawn("waits", () => new Promise(() => {}));
    await clock.advance(1_000);
    const before = handle.startedAtMs;
    expect(handle.startedAtMs).toBe(before);
    clock.jumpWallClock(3_600_000);
    const [info] = tasks.list();
    expect(info?.durationMs).toBe(1_000);
    expect(info?.startedAtMs).toBe((before ?? 0) + 3_600_000);
  });
});
