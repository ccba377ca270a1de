import { describe, expect, test } from "vitest";
import { createTracker } from "taskscope";
import { ManualClock } from "taskscope/testing";
import { balanced, deferred, turn } from "./support.ts";

/** Held, so that no collection proves a task lost that waits for it. */
const lasting = new Promise<never>(() => {});
const never = (): Promise<never> => lasting;

function make(options = {}) {
  const clock = new ManualClock();
  return { clock, tasks: createTracker({ clock, ...options }) };
}

describe("tasks of one key", () => {
  test("go one at a time, in order, by default", async () => {
    const { tasks } = make();
    const holds = [deferred<void>(), deferred<void>(), deferred<void>()];
    const order: number[] = [];
    const handles = holds.map((hold, index) =>
      tasks.spawn({ name: "t", key: "user-1" }, () => {
        order.push(index);
        return hold.promise;
      }),
    );
    const other = tasks.spawn({ name: "t", key: "user-2" }, never);
    await turn();
    expect(order).toEqual([0]);
    expect(other.state).toBe("running");
    expect(tasks.list({ key: "user-1" }).map(({ waitingFor }) => waitingFor)).toEqual([
      undefined,
      "key",
      "key",
    ]);
    holds[0]?.resolve();
    await turn();
    expect(order).toEqual([0, 1]);
    handles[1]?.cancel();
    holds[1]?.resolve();
    await turn();
    expect(order).toEqual([0, 1, 2]);
    holds[2]?.resolve();
    await handles[2]?.outcome;
    balanced(tasks);
  });

  test("replace: the others are cancelled, and the newcomer waits for the body or its grace", async () => {
    const { tasks, clock } = make();
    const body = deferred<void>();
    const first = tasks.spawn({ name: "t", key: "k" }, () => body.promise);
    await turn();
    const waiting = tasks.spawn({ name: "t", key: "k" }, () => "waiting");
    const second = tasks.spawn({ name: "t", key: "k", onDuplicate: "replace" }, () => "second");
    expect(await first.outcome).toMatchObject({ status: "cancelled", cancelledBy: "replaced" });
    expect(await waiting.outcome).toMatchObject({ status: "cancelled", cancelledBy: "replaced" });
    await turn();
    expect(second.state).toBe("queued");
    body.resolve();
    expect(await second.result).toBe("second");
    void tasks.run({ name: "deaf", key: "k", cancelGraceMs: 100 }, never).catch(() => undefined);
    const third = tasks.spawn({ name: "t", key: "k", onDuplicate: "replace" }, () => "third");
    await clock.advance(99);
    expect(third.state).toBe("queued");
    await clock.advance(1);
    expect(await third.result).toBe("third");
  });

  test("drop: the live one's handle or result is given", async () => {
    const { tasks } = make();
    const hold = deferred<string>();
    const first = tasks.spawn({ name: "t", key: "k" }, () => hold.promise);
    const dropped = { name: "t", key: "k", onDuplicate: "drop" } as const;
    expect(tasks.spawn(dropped, never)).toBe(first);
    const result = tasks.run(dropped, never);
    hold.resolve("first");
    expect(await result).toBe("first");
    expect(tasks.stats().total).toMatchObject({ spawned: 1, rejected: 0 });
    expect(await tasks.run(dropped, () => "anew")).toBe("anew");
  });

  test("drop and reject look for a live task, not for a body that goes on after its task", async () => {
    const { tasks } = make();
    const body = deferred<void>();
    const first = tasks.spawn({ name: "t", key: "k" }, () => body.promise);
    await turn();
    first.cancel();
    const second = tasks.spawn({ name: "t", key: "k", onDuplicate: "drop" }, () => "second");
    expect(second.state).toBe("queued");
    expect(tasks.spawn({ name: "t", key: "k", onDuplicate: "drop" }, never)).toBe(second);
    expect(tasks.trySpawn({ name: "t", key: "k", onDuplicate: "reject" }, never)).toBeUndefined();
    body.resolve();
    expect(await second.result).toBe("second");
  });

  test("reject: refused as a duplicate", async () => {
    const { tasks } = make();
    const first = tasks.spawn({ name: "t", key: "k" }, never);
    const spec = { name: "t", key: "k", onDuplicate: "reject" } as const;
    expect(() => tasks.spawn(spec, never)).toThrow(expect.objectContaining({ reason: "duplicate" }));
    await expect(tasks.run(spec, never)).rejects.toMatchObject({ code: "TASKSCOPE_REJECTED" });
    await first[Symbol.asyncDispose]();
    await tasks.shutdown({ drainMs: 0, graceMs: 0 });
  });

  test("a key is not freed by a task that ended while its body goes on", async () => {
    const { tasks, clock } = make();
    const body = deferred<void>();
    void tasks.run({ name: "t", key: "k", timeoutMs: 10 }, () => body.promise).catch(() => undefined);
    const next = tasks.spawn({ name: "t", key: "k" }, () => "next");
    await clock.advance(10);
    expect(next.state).toBe("queued");
    body.resolve();
    expect(await next.result).toBe("next");
  });

  test("higher priority gets the key first", async () => {
    const { tasks } = make();
    const hold = deferred<void>();
    void tasks.run({ name: "t", key: "k" }, () => hold.promise);
    const order: string[] = [];
    tasks.spawn({ name: "t", key: "k" }, () => void order.push("normal"));
    tasks.spawn({ name: "t", key: "k", priority: 5 }, () => void order.push("high"));
    hold.resolve();
    await turn();
    expect(order).toEqual(["high", "normal"]);
  });

  test("who waits for a key takes no slot and no place in the queue", async () => {
    const { tasks } = make({ limits: { maxRunning: 2, maxQueued: 0 } });
    const hold = deferred<void>();
    void tasks.run({ name: "t", key: "k" }, () => hold.promise);
    const waits = tasks.spawn({ name: "t", key: "k" }, () => "waits");
    expect(await tasks.run("other", () => "other")).toBe("other");
    hold.resolve();
    expect(await waits.result).toBe("waits");
  });

  test("keys are checked", () => {
    const { tasks } = make();
    expect(() => tasks.spawn({ name: "t", key: 5 as never }, never)).toThrow(/^key takes a string/);
    expect(() => tasks.spawn({ name: "t", key: "x".repeat(2_000) }, never)).toThrow(
      /at most 1024 characters/,
    );
    expect(() => tasks.spawn({ name: "t", key: "k", onDuplicate: "skip" as never }, never)).toThrow(
      /^onDuplicate/,
    );
  });
});
