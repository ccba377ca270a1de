import { describe, expect, test } from "vitest";
import { currentTask } from "taskscope";
import { deferred, turn } from "../tracker/support.ts";
import { collect, kindsOf, makeTracker } from "./support.ts";

describe("the events of", () => {
  test("an observed task that completes", async () => {
    const { tasks, clock } = makeTracker();
    const { events } = collect(tasks);
    const parse = tasks.wrap({ name: "parse", type: "cpu" }, async () => clock.advance(20));
    await parse();
    await turn();
    const task = { id: expect.any(Number) as number, name: "parse", type: "cpu" };
    expect(events).toEqual([
      {
        kind: "spawned",
        seq: 1,
        atMs: 1_700_000_000_000,
        ...task,
        attempt: 0,
        parentId: undefined,
        managed: false,
      },
      {
        kind: "started",
        seq: 2,
        atMs: 1_700_000_000_000,
        ...task,
        attempt: 1,
        parentId: undefined,
        queuedMs: 0,
      },
      {
        kind: "completed",
        seq: 3,
        atMs: 1_700_000_000_020,
        ...task,
        attempt: 1,
        durationMs: 20,
        queuedMs: 0,
      },
    ]);
  });

  test("plain values, synchronous throws and tracked promises", async () => {
    const { tasks } = makeTracker();
    const { events } = collect(tasks);
    tasks.wrap("value", () => 1)();
    expect(() =>
      tasks.wrap("throws", () => {
        throw new RangeError("too far");
      })(),
    ).toThrow("too far");
    await tasks.track("promise", Promise.resolve(1)).outcome;
    await turn();
    expect(kindsOf(events)).toEqual([
      "spawned value",
      "started value",
      "completed value",
      "spawned throws",
      "started throws",
      "failed throws",
      "spawned promise",
      "started promise",
      "completed promise",
    ]);
    expect(events[5]).toMatchObject({ errorType: "RangeError", errorMessage: "too far", durationMs: 0 });
  });

  test("an async generator: spawned at the call, started at its first step, ended by exhaustion", async () => {
    const { tasks } = makeTracker();
    const { events } = collect(tasks);
    const count = tasks.wrap("count", async function* () {
      yield 1;
    });
    const counting = count();
    await turn();
    expect(kindsOf(events)).toEqual(["spawned count"]);
    for await (const _ of counting);
    await turn();
    expect(kindsOf(events)).toEqual(["spawned count", "started count", "completed count"]);
  });

  test("a parent and its child carry the parent's id", async () => {
    const { tasks } = makeTracker();
    const { events } = collect(tasks);
    await tasks.run("parent", ({ run }) => run("child", () => {}));
    await turn();
    const spawned = events.filter((event) => event.kind === "spawned");
    expect(spawned.map(({ name, parentId, managed }) => ({ name, parentId, managed }))).toEqual([
      { name: "parent", parentId: undefined, managed: true },
      { name: "child", parentId: spawned[0]?.id, managed: true },
    ]);
  });

  test("a timeout, its unresponsive body, and its settling late", async () => {
    const { tasks, clock } = makeTracker();
    const { events } = collect(tasks);
    const body = deferred<void>();
    const slow = tasks.spawn({ name: "slow", timeoutMs: 100, cancelGraceMs: 50 }, () => body.promise);
    await clock.advance(200);
    body.reject(new Error("late"));
    await turn();
    await turn();
    expect((await slow.outcome).status).toBe("failed");
    expect(kindsOf(events)).toEqual([
      "spawned slow",
      "started slow",
      "failed slow",
      "unresponsive slow",
      "settled-late slow",
    ]);
    expect(events[2]).toMatchObject({ errorType: "timeout", durationMs: 100 });
    expect(events[3]).toMatchObject({ attempt: 1, graceMs: 50 });
    expect(events[4]).toMatchObject({ attempt: 1, settled: "rejected", lateMs: 100 });
  });

  test("a cancellation: first who asked and why, then the end", async () => {
    const { tasks } = makeTracker();
    const { events } = collect(tasks);
    const managed = tasks.spawn("managed", () => new Promise(() => {}));
    await null;
    managed.cancel(new Error("not needed"));
    tasks.spawn("unstarted", () => 1).cancel();
    await turn();
    expect(kindsOf(events)).toEqual([
      "spawned managed",
      "started managed",
      "cancel-requested managed",
      "cancelled managed",
      "spawned unstarted",
      "cancel-requested unstarted",
      "cancelled unstarted",
    ]);
    expect(events[2]).toMatchObject({ by: "request", reason: "not needed" });
    expect(events[3]).toMatchObject({ cancelledBy: "request", reason: "not needed", attempt: 1 });
    expect(events[5]).toMatchObject({ reason: undefined, attempt: 0 });
    expect(events[6]).toMatchObject({ reason: undefined, attempt: 0, durationMs: 0 });
  });

  test("an observed task that is asked to stop: one request, and the end only when the body answers", async () => {
    const { tasks } = makeTracker();
    const { events } = collect(tasks);
    const listening = tasks.wrap(
      "listening",
      () =>
        new Promise((_, reject) => {
          const { signal } = currentTask() ?? {};
          signal?.addEventListener("abort", () => reject(signal.reason as Error));
        }),
    )();
    const deaf = tasks.wrap("deaf", () => new Promise(() => {}));
    void deaf();
    for (const { id } of tasks.list()) {
      tasks.cancel(id, "stop");
      tasks.cancel(id, "again");
    }
    await listening.catch(() => {});
    await turn();
    expect(kindsOf(events).slice(4)).toEqual([
      "cancel-requested listening",
      "cancel-requested deaf",
      "cancelled listening",
    ]);
  });

  test("a refusal: about no task that exists", async () => {
    const { tasks } = makeTracker();
    await tasks.shutdown();
    const { events } = collect(tasks);
    await tasks.run({ name: "late", type: "t" }, () => 1).catch(() => {});
    await turn();
    expect(events).toEqual([
      {
        kind: "rejected",
        seq: 1,
        atMs: 1_700_000_000_000,
        id: 0,
        name: "late",
        type: "t",
        attempt: 0,
        reason: "closed",
      },
    ]);
  });

  test("hostile errors and reasons are bounded text", async () => {
    const { tasks } = makeTracker();
    const { events } = collect(tasks);
    const revoked = Proxy.revocable({}, {});
    revoked.revoke();
    for (const what of ["x".repeat(5_000), revoked.proxy, Symbol("s"), null, { toString: () => "no" }]) {
      await tasks.run("fails", () => Promise.reject(what as Error)).catch(() => {});
      tasks.spawn("cancelled", () => 1).cancel(what);
    }
    await turn();
    const texts = events.flatMap((event) =>
      event.kind === "failed" ? event.errorMessage : event.kind === "cancelled" ? event.reason : [],
    );
    expect(texts).toHaveLength(10);
    for (const text of texts) expect(text?.length).toBeLessThanOrEqual(1_024);
    expect(() => JSON.stringify(events)).not.toThrow();
  });
});
