import { describe, expect, test } from "vitest";
import { createTracker, currentTask, TaskCancelledError, TaskTimeoutError } from "taskscope";
import type { TaskContext, TrackerOptions } from "taskscope";
import { ManualClock } from "taskscope/testing";
import { balanced, deferred, turn } from "./support.ts";

function make(options: TrackerOptions = {}) {
  const clock = new ManualClock();
  return { clock, tasks: createTracker({ clock, ...options }) };
}

describe("run", () => {
  test("starts the body in the call and gives its value", async () => {
    const { tasks } = make();
    let hasStarted = false;
    const promise = tasks.run("now", () => {
      hasStarted = true;
      return 42;
    });
    expect(hasStarted).toBe(true);
    expect(await promise).toBe(42);
    expect(tasks.stats().total).toMatchObject({ spawned: 1, completed: 1, running: 0, queued: 0 });
  });

  test("passes on what the body throws, whatever it is", async () => {
    const { tasks } = make();
    for (const thrown of [new Error("e"), "text", undefined, null]) {
      const caught = await tasks
        .run("throws", () => {
          throw thrown;
        })
        .catch((error: unknown) => ({ error }));
      expect(caught).toEqual({ error: thrown });
    }
    expect(tasks.stats().total.failed).toBe(4);
  });

  test("adopts a thenable and reads its then once", async () => {
    const { tasks } = make();
    let reads = 0;
    // oxlint-disable-next-line unicorn/no-thenable -- it is about that
    const thenable = Object.defineProperty({} as PromiseLike<number>, "then", {
      get() {
        reads += 1;
        return (resolve: (value: number) => void): void => resolve(7);
      },
    });
    expect(await tasks.run("thenable", () => thenable)).toBe(7);
    expect(reads).toBe(1);
  });

  test("fails at once on its own timeout, with the signal aborted and the books right", async () => {
    const { tasks, clock } = make();
    let signal: AbortSignal | undefined;
    const body = deferred<number>();
    const promise = tasks.run({ name: "slow", timeoutMs: 100, cancelGraceMs: 50 }, (context) => {
      signal = context.signal;
      return body.promise;
    });
    const failure = promise.catch((error: unknown) => error);
    await clock.advance(99);
    expect(signal?.aborted).toBe(false);
    await clock.advance(1);
    const error = await failure;
    expect(error).toBeInstanceOf(TaskTimeoutError);
    expect(error).toMatchObject({ code: "TASKSCOPE_TIMEOUT", timeoutMs: 100 });
    expect(signal?.aborted).toBe(true);
    expect(signal?.reason).toBe(error);
    expect(tasks.stats().total).toMatchObject({ running: 0, failed: 1, unresponsive: 0 });
    expect(tasks.list()).toMatchObject([{ state: "failed", errorType: "timeout", durationMs: 100 }]);
    await clock.advance(50);
    expect(tasks.stats().total.unresponsive).toBe(1);
    body.resolve(1);
    await turn();
    expect(tasks.stats().total).toMatchObject({ unresponsive: 0, failed: 1, completed: 0 });
    balanced(tasks);
  });

  test("a body that settles within the grace never counts as unresponsive", async () => {
    const { tasks, clock } = make();
    const body = deferred<number>();
    const promise = tasks.run({ name: "slow", timeoutMs: 10, cancelGraceMs: 50 }, () => body.promise);
    const failure = promise.catch((error: unknown) => error);
    await clock.advance(10);
    await failure;
    body.reject(new Error("late"));
    await turn();
    await clock.advance(1_000);
    expect(tasks.stats().total).toMatchObject({ unresponsive: 0, failed: 1 });
  });

  test("a failure in time is not a timeout", async () => {
    const { tasks, clock } = make();
    const promise = tasks.run({ name: "quick", timeoutMs: 10 }, () => Promise.reject(new RangeError("r")));
    await promise.catch(() => undefined);
    await clock.advance(100);
    expect(tasks.list()).toMatchObject([{ errorType: "RangeError", errorMessage: "r" }]);
    expect(tasks.stats().total.failed).toBe(1);
  });

  test("takes the policy of its type, and its own options before it", async () => {
    const { tasks, clock } = make({ types: { network: { timeoutMs: 100 } } });
    const never = (): Promise<void> => new Promise(() => {});
    const byType = tasks.run({ name: "by-type", type: "network" }, never).catch((error: unknown) => error);
    const own = tasks
      .run({ name: "own", type: "network", timeoutMs: 300 }, never)
      .catch((error: unknown) => error);
    await clock.advance(100);
    expect(await byType).toMatchObject({ timeoutMs: 100 });
    expect(tasks.stats().total.running).toBe(1);
    await clock.advance(200);
    expect(await own).toMatchObject({ timeoutMs: 300 });
  });
});

describe("spawn", () => {
  test("returns before the body starts, and starts bodies first in, first out", async () => {
    const { tasks } = make();
    const order: string[] = [];
    const first = tasks.spawn("first", () => void order.push("first"));
    tasks.spawn("second", () => void order.push("second"));
    order.push("returned");
    expect(first.state).toBe("queued");
    expect(tasks.stats().total).toMatchObject({ spawned: 2, queued: 2 });
    await turn();
    expect(order).toEqual(["returned", "first", "second"]);
    expect(first.state).toBe("completed");
  });

  test("its handle tells its life", async () => {
    const { tasks, clock } = make();
    const body = deferred<string>();
    const handle = tasks.spawn({ name: "job", type: "batch" }, () => body.promise);
    expect(handle).toMatchObject({ name: "job", type: "batch", attempt: 0, parentId: undefined });
    expect(handle.spawnedAtMs).toBe(clock.epochMs());
    expect(handle.startedAtMs).toBeUndefined();
    await turn();
    expect(handle).toMatchObject({ state: "running", attempt: 1, startedAtMs: clock.epochMs() });
    await clock.advance(250);
    body.resolve("done");
    expect(await handle.result).toBe("done");
    expect(await handle.outcome).toEqual({
      status: "completed",
      value: "done",
      attempts: 1,
      durationMs: 250,
      queuedMs: 0,
    });
    expect(handle.endedAtMs).toBe(clock.epochMs());
    expect("then" in handle).toBe(false);
  });

  test("its outcome tells a failure from a cancellation", async () => {
    const { tasks } = make();
    const error = new TypeError("no");
    const failed = tasks.spawn("fails", () => Promise.reject(error));
    expect(await failed.outcome).toMatchObject({
      status: "failed",
      error,
      errorType: "TypeError",
      attempts: 1,
    });
    await expect(failed.result).rejects.toBe(error);
    const cancelled = tasks.spawn("waits", () => new Promise(() => {}));
    await turn();
    expect(cancelled.cancel("enough")).toBe(true);
    expect(cancelled.cancel("again")).toBe(false);
    expect(await cancelled.outcome).toMatchObject({
      status: "cancelled",
      cancelledBy: "request",
      reason: "enough",
      attempts: 1,
    });
    await expect(cancelled.result).rejects.toBeInstanceOf(TaskCancelledError);
    await expect(cancelled.result).rejects.toMatchObject({ cause: "enough", cancelledBy: "request" });
  });

  test("cancelled while queued, its body never runs", async () => {
    const { tasks } = make();
    let hasRun = false;
    const handle = tasks.spawn("never", () => {
      hasRun = true;
    });
    handle.cancel();
    await turn();
    expect(hasRun).toBe(false);
    expect(await handle.outcome).toMatchObject({ status: "cancelled", attempts: 0, durationMs: 0 });
    expect(tasks.stats().total).toMatchObject({ spawned: 1, cancelled: 1, queued: 0, running: 0 });
    balanced(tasks);
  });

  test("runs its body in the async context of the spawner", async () => {
    const { tasks } = make();
    const parent = tasks.spawn("parent", () => tasks.spawn("child", () => currentTask()?.task.parentId));
    const child = await parent.result;
    expect(await child.result).toBe(parent.id);
    expect(child.parentId).toBe(parent.id);
  });

  test("disposes by cancelling and waiting", async () => {
    const { tasks } = make();
    const handle = tasks.spawn("scoped", () => new Promise(() => {}));
    await handle[Symbol.asyncDispose]();
    expect(handle.state).toBe("cancelled");
  });
});

describe("the body's context", () => {
  test("may be taken apart, and makes children of its task wherever it is used", async () => {
    const { tasks } = make();
    let parentId: number | undefined;
    const { run, spawn, setAttribute, signal } = await tasks.run("parent", (context) => {
      parentId = context.task.id;
      return context;
    });
    setAttribute("ignored", 1);
    expect(signal.aborted).toBe(false);
    const child = spawn("child", () => 1);
    expect(child.parentId).toBe(parentId);
    expect(await run("other", ({ task }) => task.parentId)).toBe(parentId);
  });

  test("attributes set in the body show in lists, bounded", async () => {
    const { tasks } = make();
    await tasks.run({ name: "a", attributes: { early: true } }, ({ setAttribute }) => {
      setAttribute("late", "x".repeat(5_000));
      expect(() => setAttribute("bad", {} as never)).toThrow(
        /attributes\.bad takes a string, number or boolean/,
      );
    });
    const attributes = tasks.list()[0]?.attributes;
    expect(attributes?.["early"]).toBe(true);
    expect(String(attributes?.["late"])).toHaveLength(1_024);
  });

  test("attributes said after the end, or by the body of an attempt that is over, are ignored", async () => {
    const { tasks, clock } = make();
    const contexts: TaskContext[] = [];
    const backoff = { delayMs: () => 0 };
    const twice = tasks.run({ name: "twice", restart: { backoff } }, (context) => {
      contexts.push(context);
      contexts[0]?.setAttribute(`by ${contexts.length}`, true);
      if (contexts.length === 1) throw new Error("again");
    });
    await clock.advance(1);
    await twice;
    await tasks.run("once", (context) => void contexts.push(context));
    for (const { setAttribute } of contexts) {
      setAttribute("late", true);
      expect(() => setAttribute("bad", {} as never)).toThrow(/^attributes\.bad/);
    }
    expect(tasks.list().map(({ attributes }) => attributes)).toEqual([{ "by 1": true }, {}]);
  });

  test("currentTask is undefined outside tasks and in trackers without context", async () => {
    const { tasks } = make({ context: false });
    expect(currentTask()).toBeUndefined();
    await tasks.run("no-context", () => {
      expect(currentTask()).toBeUndefined();
    });
  });

  test("two trackers each find their own parents", async () => {
    const { tasks: a } = make();
    const { tasks: b } = make();
    await a.run("outer", ({ task: outer }) =>
      b.run("middle", ({ task: middle }) => {
        expect(middle.parentId).toBeUndefined();
        return a.run("inner", ({ task: inner }) => expect(inner.parentId).toBe(outer.id));
      }),
    );
  });
});

describe("a managed wrap", () => {
  test("makes every call a run", async () => {
    const { tasks, clock } = make();
    const add = tasks.wrap({ name: "add", managed: true, timeoutMs: 100 }, (a: number, b: number) => a + b);
    expect(await add(1, 2)).toBe(3);
    const hang = tasks.wrap({ name: "hang", managed: true, timeoutMs: 100 }, () => new Promise(() => {}));
    const failure = hang().catch((error: unknown) => error);
    await clock.advance(100);
    expect(await failure).toBeInstanceOf(TaskTimeoutError);
    await tasks.shutdown({ drainMs: 0, graceMs: 0 });
    await expect(add(1, 2)).rejects.toMatchObject({ code: "TASKSCOPE_CLOSED" });
  });
});
