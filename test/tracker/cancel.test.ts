import { getEventListeners } from "node:events";
import { describe, expect, test } from "vitest";
import { createTracker, currentTask, TaskCancelledError, TaskTimeoutError } from "taskscope";
import type { TaskHandle } from "taskscope";
import { ManualClock } from "taskscope/testing";
import { balanced, deferred, turn } from "./support.ts";

/** Held, so that no collection proves a task lost that waits for it. */
const lasting = new Promise<never>(() => {});
const never = (): Promise<never> => lasting;

function make() {
  const clock = new ManualClock();
  return { clock, tasks: createTracker({ clock }) };
}

describe("cancelling a managed task", () => {
  test("ends it at once, aborts its signal with the error and rejects its caller with the same", async () => {
    const { tasks } = make();
    let signal: AbortSignal | undefined;
    let abortedInside: number | undefined;
    let id = 0;
    const promise = tasks.run("victim", (context) => {
      ({ signal } = context);
      id = context.task.id;
      signal.addEventListener("abort", () => (abortedInside = currentTask()?.task.id));
      return never();
    });
    const failure = promise.catch((error: unknown) => error);
    expect(tasks.cancel(id, "why")).toBe(true);
    expect(tasks.stats().total).toMatchObject({ running: 0, cancelled: 1 });
    const error = await failure;
    expect(error).toBeInstanceOf(TaskCancelledError);
    expect(signal?.reason).toBe(error);
    expect(error).toMatchObject({ cause: "why", cancelledBy: "request", code: "TASKSCOPE_CANCELLED" });
    expect(abortedInside).toBe(id);
  });

  test("a body that throws after the cancellation counts as cancelled, and only once", async () => {
    const { tasks } = make();
    const body = deferred<void>();
    const handle = tasks.spawn("late", () => body.promise);
    await turn();
    handle.cancel();
    body.reject(new Error("too late"));
    await turn();
    expect(tasks.stats().total).toMatchObject({ cancelled: 1, failed: 0, unresponsive: 0 });
    balanced(tasks);
  });

  test("a signal first touched after the cancellation is aborted already", async () => {
    const { tasks } = make();
    const resume = deferred<void>();
    let wasAborted: boolean | undefined;
    const handle = tasks.spawn("touches-late", async (context) => {
      await resume.promise;
      wasAborted = context.signal.aborted;
    });
    await turn();
    handle.cancel();
    resume.resolve();
    await turn();
    expect(wasAborted).toBe(true);
  });

  test("by filter, counts what it cancelled", async () => {
    const { tasks } = make();
    for (let index = 0; index < 10; index += 1) tasks.spawn({ name: index < 6 ? "a" : "b" }, never);
    await turn();
    expect(tasks.cancelWhere({ name: "a" }, "maintenance")).toBe(6);
    expect(tasks.stats().total).toMatchObject({ running: 4, cancelled: 6 });
    expect(tasks.cancelWhere({ name: "a" })).toBe(0);
    expect(tasks.cancel(123_456_789)).toBe(false);
  });

  test("a listener that throws or cancels more does not disturb the books", async () => {
    const { tasks } = make();
    const other = tasks.spawn("other", never);
    const handle = tasks.spawn("rude", ({ signal }) => {
      signal.addEventListener("abort", () => {
        other.cancel();
        handle.cancel();
      });
      return never();
    });
    await turn();
    expect(handle.cancel()).toBe(true);
    expect(tasks.stats().total).toMatchObject({ cancelled: 2, running: 0 });
    balanced(tasks);
  });
});

describe("cancelling an observed task", () => {
  test("aborts the signal and leaves it running until its body settles", async () => {
    const { tasks } = make();
    const body = deferred<number>();
    let signal: AbortSignal | undefined;
    const work = tasks.wrap({ name: "observed" }, () => {
      signal = currentTask()?.signal;
      return body.promise;
    });
    const promise = work();
    const [info] = tasks.list({ state: "running" });
    expect(tasks.cancel(info?.id ?? 0, "stop")).toBe(true);
    expect(signal?.aborted).toBe(true);
    expect(tasks.stats().total).toMatchObject({ running: 1, cancelled: 0 });
    body.resolve(5);
    expect(await promise).toBe(5);
    expect(tasks.stats().total).toMatchObject({ completed: 1, cancelled: 0 });
  });

  test.each([
    ["the signal's reason", (signal: AbortSignal): unknown => signal.reason],
    ["the reason that was given", (): unknown => "stop"],
    ["an AbortError", (): unknown => new DOMException("aborted", "AbortError")],
  ])("counts as cancelled when the body rejects with %s", async (_, makeError) => {
    const { tasks } = make();
    const work = tasks.wrap({ name: "observed" }, async () => {
      const { signal } = currentTask() ?? { signal: AbortSignal.abort() };
      await new Promise<void>((resolve) => {
        signal.addEventListener("abort", () => resolve());
      });
      throw makeError(signal);
    });
    const settled = work().then(
      () => "fulfilled",
      () => "rejected",
    );
    tasks.cancelWhere({ name: "observed" }, "stop");
    expect(await settled).toBe("rejected");
    expect(tasks.stats().total).toMatchObject({ cancelled: 1, failed: 0 });
  });

  test("counts as failed when the body rejects with something else, or nobody asked", async () => {
    const { tasks } = make();
    const body = deferred<void>();
    const work = tasks.wrap({ name: "observed" }, () => body.promise);
    const settled = work().catch(() => undefined);
    tasks.cancelWhere({ name: "observed" });
    body.reject(new Error("other"));
    await settled;
    const unasked = tasks.wrap({ name: "unasked" }, () =>
      Promise.reject(new DOMException("a", "AbortError")),
    );
    await unasked().catch(() => undefined);
    expect(tasks.stats().total).toMatchObject({ cancelled: 0, failed: 2 });
    expect(tasks.list({ name: "unasked" })).toMatchObject([{ errorType: "AbortError" }]);
  });
});

describe("parents and children", () => {
  test("a cancelled parent cancels its managed children, down the tree, and through observed ones", async () => {
    const { tasks } = make();
    let grandchild: TaskHandle | undefined;
    const observed = tasks.wrap({ name: "observed" }, () => {
      grandchild = tasks.spawn("grandchild", never);
      return never();
    });
    const parent = tasks.spawn("parent", () => {
      void tasks.run("child", () => tasks.run("deep", never)).catch(() => undefined);
      return observed();
    });
    await turn();
    expect(tasks.stats().total.running).toBe(5);
    parent.cancel("stop");
    expect(tasks.stats().total).toMatchObject({ running: 1, cancelled: 4 });
    expect(await grandchild?.outcome).toMatchObject({ status: "cancelled", cancelledBy: "parent" });
    balanced(tasks);
  });

  test("a parent's timeout cancels its children; its completion and failure leave them", async () => {
    const { tasks, clock } = make();
    const timedOut = tasks.spawn({ name: "times-out", timeoutMs: 10 }, () => {
      tasks.spawn("child-of-timeout", never);
      return never();
    });
    const completes = tasks.spawn("completes", () => void tasks.spawn("child-of-completed", never));
    const fails = tasks.spawn("fails", () => {
      tasks.spawn("child-of-failed", never);
      throw new Error("failed");
    });
    await turn();
    await clock.advance(10);
    expect(await timedOut.outcome).toMatchObject({ status: "failed", errorType: "timeout" });
    expect(await completes.outcome).toMatchObject({ status: "completed" });
    expect(await fails.outcome).toMatchObject({ status: "failed" });
    expect(tasks.list({ state: "running" }).map((info) => info.name)).toEqual([
      "child-of-completed",
      "child-of-failed",
    ]);
    expect(tasks.list({ name: "child-of-timeout" })).toMatchObject([{ state: "cancelled" }]);
  });

  test("a child that outlives its parent is still reached from further up", async () => {
    const { tasks } = make();
    const root = tasks.spawn("root", async () => {
      await tasks.run("parent", () => void tasks.spawn("orphan", never));
      await never();
    });
    await turn();
    expect(tasks.list({ name: "orphan" })).toMatchObject([{ state: "running" }]);
    root.cancel();
    expect(tasks.list({ name: "orphan" })).toMatchObject([{ state: "cancelled" }]);
  });

  test("a detached task is a root, out of reach", async () => {
    const { tasks } = make();
    const parent = tasks.spawn("parent", () => {
      tasks.spawn({ name: "detached", detached: true }, never);
      return never();
    });
    await turn();
    parent.cancel();
    expect(tasks.list({ name: "detached" })).toMatchObject([{ state: "running", parentId: undefined }]);
  });

  test("a child that a stopped task starts is cancelled before it runs", async () => {
    const { tasks } = make();
    const resume = deferred<void>();
    let childRan = false;
    const parent = tasks.spawn("parent", async () => {
      await resume.promise;
      await tasks.run("child", () => {
        childRan = true;
      });
    });
    await turn();
    parent.cancel();
    resume.resolve();
    await turn();
    expect(childRan).toBe(false);
    expect(tasks.list({ name: "child" })).toMatchObject([{ state: "cancelled", parentId: parent.id }]);
    balanced(tasks);
  });

  test("nor one that it starts through an observed task", async () => {
    const { tasks } = make();
    const resume = deferred<void>();
    const observed = tasks.wrap({ name: "observed" }, async () => {
      await resume.promise;
      return tasks.run("grandchild", () => "ran");
    });
    const parent = tasks.spawn("parent", () => observed());
    await turn();
    parent.cancel();
    resume.resolve();
    await turn();
    expect(tasks.list({ name: "grandchild" })).toMatchObject([{ state: "cancelled" }]);
  });

  test("a parent that fails because its child was cancelled is failed, not cancelled", async () => {
    const { tasks } = make();
    const parent = tasks.spawn("parent", () => tasks.run("child", never));
    await turn();
    tasks.cancelWhere({ name: "child" });
    expect(await parent.outcome).toMatchObject({ status: "failed", errorType: "TaskCancelledError" });
  });

  test("a chain of tasks that each start the next holds no chain of records", async () => {
    const { tasks } = make();
    let left = 3_000;
    const ended = deferred<void>();
    let lastParent: number | undefined;
    const next = (): void => {
      left -= 1;
      lastParent = currentTask()?.task.parentId;
      if (left === 0) ended.resolve();
      else tasks.spawn("link", next);
    };
    tasks.spawn("link", next);
    await ended.promise;
    await turn();
    expect(lastParent).toBeDefined();
    expect(tasks.stats().total).toMatchObject({ spawned: 3_000, completed: 3_000 });
  });

  test("a deep tree is cancelled without exhausting the stack", async () => {
    const { tasks } = make();
    let deepest: TaskHandle = tasks.spawn("level", never);
    const root = deepest;
    for (let level = 0; level < 20_000; level += 1) {
      deepest = tasks.spawn({ name: "level", parent: deepest }, never);
    }
    await turn();
    expect(root.cancel()).toBe(true);
    expect(tasks.stats().total).toMatchObject({ running: 0, cancelled: 20_001 });
    expect(deepest.state).toBe("cancelled");
  });
});

describe("a foreign signal", () => {
  test("cancels its tasks, by signal, with its reason", async () => {
    const { tasks } = make();
    const controller = new AbortController();
    const handles = [1, 2, 3].map(() => tasks.spawn({ name: "s", signal: controller.signal }, never));
    await turn();
    expect(getEventListeners(controller.signal, "abort")).toHaveLength(1);
    controller.abort("gone");
    for (const handle of handles) {
      expect(await handle.outcome).toMatchObject({
        status: "cancelled",
        cancelledBy: "signal",
        reason: "gone",
      });
    }
  });

  test("holds nothing of ours once its tasks have ended", async () => {
    const { tasks } = make();
    const { signal } = new AbortController();
    await tasks.run({ name: "s", signal }, () => 1);
    expect(getEventListeners(signal, "abort")).toHaveLength(0);
  });

  test("aborted before the start, the task is accepted and cancelled, and its body never runs", async () => {
    const { tasks } = make();
    let hasRun = false;
    const promise = tasks.run({ name: "s", signal: AbortSignal.abort("already") }, () => {
      hasRun = true;
    });
    await expect(promise).rejects.toMatchObject({ cancelledBy: "signal", cause: "already" });
    expect(hasRun).toBe(false);
    expect(tasks.stats().total).toMatchObject({ spawned: 1, cancelled: 1 });
  });

  test("a listener that stops the event does not hide the abortion from the task", async () => {
    const { tasks } = make();
    const controller = new AbortController();
    controller.signal.addEventListener("abort", (event) => event.stopImmediatePropagation());
    const handle = tasks.spawn({ name: "s", signal: controller.signal }, never);
    await turn();
    controller.abort();
    expect(handle.state).toBe("cancelled");
  });
});

test("by key: the one that runs and those that wait for it", async () => {
  const { tasks } = make();
  const outcomes = ["order-7", "order-8", "order-7"].map(
    (key) => tasks.spawn({ name: "pay", key }, never).outcome,
  );
  await turn();
  expect(tasks.cancelWhere({ key: "order-7" }, "sold out")).toBe(2);
  expect(await outcomes[0]).toMatchObject({ status: "cancelled", reason: "sold out" });
  expect(await outcomes[2]).toMatchObject({ status: "cancelled", attempts: 0 });
  expect(tasks.list({ state: "running" }).map(({ key }) => key)).toEqual(["order-8"]);
  balanced(tasks);
});

test("by a function of their pictures: asked of all before one is cancelled", () => {
  const { tasks } = make();
  for (const tenant of ["acme", "other", "acme"])
    tasks.run({ name: "t", attributes: { tenant } }, never).catch(() => {});
  const seen: string[] = [];
  const cancelled = tasks.cancelWhere(({ state, attributes }) => {
    seen.push(state);
    return attributes["tenant"] === "acme";
  });
  expect([cancelled, seen]).toEqual([2, ["running", "running", "running"]]);
  expect(tasks.list(({ state }) => state === "running").map(({ attributes }) => attributes)).toEqual([
    { tenant: "other" },
  ]);
  const throws = (): never => {
    throw new Error("predicate");
  };
  expect(() => tasks.cancelWhere(throws)).toThrow("predicate");
  expect(tasks.count({ state: "running" })).toBe(1);
  balanced(tasks);
});

test("an error for many is made without a stack, one for a single task tells where it was cancelled", async () => {
  const { tasks } = make();
  const errorOf = (promise: Promise<unknown>): Promise<Error> =>
    promise.catch((error: Error) => error) as Promise<Error>;
  const many = errorOf(tasks.run({ name: "many" }, never));
  tasks.cancelWhere({ name: "many" });
  const single = tasks.spawn("single", never);
  const singleError = errorOf(single.result);
  single.cancel();
  expect((await many).stack).not.toContain("cancel.test.ts");
  expect((await singleError).stack).toContain("cancel.test.ts");
  expect(await many).toMatchObject({
    code: "TASKSCOPE_CANCELLED",
    message: expect.stringContaining("many") as string,
  });
});

test("timeouts of many tasks are one timer, which does not keep the process running", async () => {
  const { tasks, clock } = make();
  const failures = Array.from({ length: 1_000 }, (_, index) =>
    tasks.run({ name: "t", timeoutMs: 1_000 - (index % 100) }, never).catch((error: unknown) => error),
  );
  expect(clock.pending.keptAlive).toBe(0);
  // One more looks through the live tasks.
  expect(clock.pending.total).toBeLessThanOrEqual(2);
  await clock.advance(2_000);
  for (const failure of failures) expect(await failure).toBeInstanceOf(TaskTimeoutError);
});
