import { getEventListeners } from "node:events";
import { describe, expect, test } from "vitest";
import { createTracker, TaskTimeoutError } from "taskscope";
import type { TaskTree } from "taskscope";
import { ManualClock } from "taskscope/testing";
import { waitForIdle } from "../../src/tracker/when-idle.ts";
import { deferred, turn } from "./support.ts";

/** Held, so that no collection proves a task lost that waits for it. */
const lasting = new Promise<never>(() => {});
const never = (): Promise<never> => lasting;

function make() {
  const clock = new ManualClock();
  return { clock, tasks: createTracker({ clock, watchMs: Infinity }) };
}

describe("whenIdle", () => {
  test("settles at once when nothing is alive", async () => {
    await make().tasks.whenIdle();
  });

  test("waits for queued, running and observed tasks, and for those that come meanwhile", async () => {
    const { tasks, clock } = make();
    const [managed, observed] = [deferred<void>(), deferred<void>()];
    tasks.spawn("managed", () => managed.promise);
    void tasks.wrap({ name: "observed" }, () => observed.promise)();
    let isIdle = false;
    const wait = tasks.whenIdle().then(() => (isIdle = true));
    observed.resolve();
    await turn();
    const later = tasks.open("opened");
    managed.resolve();
    await turn();
    expect(isIdle).toBe(false);
    later.complete();
    await wait;
    expect(clock.pending.total).toBe(1); // the sweep of finished tasks
  });

  test("rejects with a TaskTimeoutError when its bound passes, and keeps the process alive until then", async () => {
    const { tasks, clock } = make();
    void tasks.run("endless", never);
    const failure = tasks.whenIdle({ timeoutMs: 100 }).catch((error: unknown) => error);
    expect(clock.pending.keptAlive).toBe(1);
    await clock.advance(100);
    expect(await failure).toBeInstanceOf(TaskTimeoutError);
    expect(await failure).toMatchObject({ timeoutMs: 100 });
    expect(clock.pending.keptAlive).toBe(0);
  });

  test("without a bound keeps no process alive", () => {
    const { tasks, clock } = make();
    void tasks.run("endless", never);
    void tasks.whenIdle();
    expect(clock.pending.total).toBe(0);
  });

  test("rejects with the reason of its signal, and lets go of the signal", async () => {
    const { tasks, clock } = make();
    const body = deferred<void>();
    void tasks.run("work", () => body.promise);
    const controller = new AbortController();
    const { signal } = controller;
    const wait = tasks.whenIdle({ timeoutMs: 100, signal });
    controller.abort("enough");
    await expect(wait).rejects.toBe("enough");
    await expect(tasks.whenIdle({ signal })).rejects.toBe("enough");
    expect(clock.pending.keptAlive).toBe(0);
    const other = new AbortController();
    const waits = [tasks.whenIdle({ signal: other.signal }), tasks.whenIdle({ timeoutMs: 5 })];
    body.resolve();
    await Promise.all(waits);
    expect(getEventListeners(other.signal, "abort")).toEqual([]);
    expect(clock.pending.keptAlive).toBe(0);
  });

  test("that is over leaves nothing waiting in the tracker", async () => {
    const clock = new ManualClock();
    const waiting = new Set<() => void>();
    const onIdle = (wake: () => void): (() => void) => {
      waiting.add(wake);
      return () => void waiting.delete(wake);
    };
    const machine = { clock, lifecycle: { alive: 1, onIdle } };
    const controller = new AbortController();
    const waits = [
      waitForIdle(machine, { timeoutMs: 10 }),
      waitForIdle(machine, { signal: controller.signal }),
    ].map((wait) => wait.catch(() => {}));
    expect(waiting.size).toBe(2);
    controller.abort();
    await clock.advance(10);
    await Promise.all(waits);
    expect(waiting.size).toBe(0);
  });

  test("refuses bad options", async () => {
    const { tasks } = make();
    await expect(tasks.whenIdle({ timeoutMs: -1 })).rejects.toThrow(/^timeoutMs takes .* 0 or more, got -1/);
    await expect(tasks.whenIdle({ signal: {} as never })).rejects.toThrow(/^signal takes an AbortSignal/);
  });
});

describe("tree", () => {
  const names = (nodes: readonly TaskTree[]): unknown[] =>
    nodes.map(({ name, children }) => (children.length === 0 ? name : [name, ...names(children)]));

  test("shows live tasks under their parents, oldest first", async () => {
    const { tasks } = make();
    void tasks.run("request", async ({ spawn }) => {
      spawn("audit", never);
      void tasks.wrap({ name: "query" }, () => tasks.run("retry", never))();
      await never();
    });
    void tasks.run("other", never);
    await turn();
    expect(names(tasks.tree())).toEqual([["request", "audit", ["query", "retry"]], "other"]);
    const [request] = tasks.list({ name: "request" });
    expect(names([tasks.tree(request?.id ?? 0)].flatMap((tree) => tree ?? []))).toEqual([
      ["request", "audit", ["query", "retry"]],
    ]);
    expect(tasks.tree(999_999_999)).toBeUndefined();
  });

  test("keeps an ended task in its place while it is retained and live tasks hang from it", async () => {
    const { tasks } = make();
    const child = await tasks.run("request", ({ run }) =>
      run("middle", ({ spawn }) => spawn("left-over", never)),
    );
    await tasks.run("leaf", () => {});
    expect(names(tasks.tree())).toEqual([["request", ["middle", "left-over"]]]);
    expect(tasks.tree()).toMatchObject([{ state: "completed" }]);
    tasks.sweep(0);
    expect(names(tasks.tree())).toEqual(["left-over"]);
    expect(tasks.tree(child.id)).toMatchObject({ name: "left-over", state: "running", children: [] });
  });

  test("stands chains of ten thousand tasks", () => {
    const { tasks } = make();
    let handle = tasks.spawn("root", never);
    for (let depth = 0; depth < 10_000; depth += 1)
      handle = tasks.spawn({ name: "deep", parent: handle }, never);
    let depth = 0;
    for (let [node] = tasks.tree(); node !== undefined; [node] = node.children) depth += 1;
    expect(depth).toBe(10_001);
    expect(tasks.tree(handle.id)).toMatchObject({ name: "deep", children: [] });
  });
});
