import { describe, expect, test } from "vitest";
import { createTracker, TrackerClosedError } from "taskscope";
import type { Plugin } from "taskscope";
import { ManualClock } from "taskscope/testing";
import { balanced, deferred, turn } from "./support.ts";

/** Held, so that no collection proves a task lost that waits for it. */
const lasting = new Promise<never>(() => {});
const never = (): Promise<never> => lasting;

function make(plugins: readonly Plugin[] = []) {
  const clock = new ManualClock();
  const warnings: string[] = [];
  const diag = { warn: (message: string) => void warnings.push(message) };
  return { clock, warnings, tasks: createTracker({ clock, plugins, diag }) };
}

describe("shutdown", () => {
  test("lets running tasks finish within the drain, then reports", async () => {
    const { tasks, clock } = make();
    const body = deferred<number>();
    const promise = tasks.run("finishes", () => body.promise);
    const ended = tasks.shutdown({ drainMs: 1_000, graceMs: 100 });
    await clock.advance(500);
    body.resolve(1);
    expect(await promise).toBe(1);
    expect(await ended).toEqual({ completed: 1, cancelled: 0, unresponsive: [] });
  });

  test("that was given bad options has not begun, and the next one does it", async () => {
    const { tasks } = make();
    const bad = { drainMs: "10s" } as unknown as { drainMs: number };
    await expect(tasks.shutdown(bad)).rejects.toMatchObject({ option: "shutdown.drainMs" });
    expect(await tasks.run("goes on", () => 1)).toBe(1);
    await tasks.shutdown();
    await expect(tasks.run("too late", () => 1)).rejects.toBeInstanceOf(TrackerClosedError);
  });

  test("cancels what has not finished, and lists bodies that go on", async () => {
    const { tasks, clock } = make();
    tasks.spawn(
      "listens",
      ({ signal }) =>
        new Promise((_, reject) => {
          signal.addEventListener("abort", () => reject(signal.reason as Error));
        }),
    );
    tasks.spawn("deaf", never);
    await turn();
    const ended = tasks.shutdown({ drainMs: 1_000, graceMs: 100 });
    await clock.advance(1_000);
    expect(tasks.stats().total).toMatchObject({ cancelled: 2, running: 0 });
    await clock.advance(100);
    const { completed, cancelled, unresponsive } = await ended;
    expect({ completed, cancelled }).toEqual({ completed: 0, cancelled: 2 });
    expect(unresponsive).toMatchObject([{ name: "deaf", state: "cancelled" }]);
    balanced(tasks);
  });

  test("cancels tasks marked so at its start, and waits longer for those marked so", async () => {
    const { tasks, clock } = make();
    const canceller = tasks.spawn({ name: "sweeper", onShutdown: "cancel" }, never);
    const waiting = deferred<void>();
    const waiter = tasks.spawn({ name: "writer", onShutdown: "wait" }, () => waiting.promise);
    const drained = tasks.spawn("other", never);
    await turn();
    const ended = tasks.shutdown({ drainMs: 100, graceMs: 1_000 });
    await turn();
    expect([canceller.state, waiter.state, drained.state]).toEqual(["cancelled", "running", "running"]);
    await clock.advance(100);
    expect([waiter.state, drained.state]).toEqual(["running", "cancelled"]);
    await clock.advance(900);
    waiting.resolve();
    await clock.advance(100);
    expect((await ended).completed).toBe(1);
    expect(await waiter.outcome).toMatchObject({ status: "completed" });
  });

  test("does not drain for bodies whose tasks were cancelled at its start", async () => {
    const { tasks, clock } = make();
    tasks.spawn({ name: "deaf", onShutdown: "cancel" }, never);
    await turn();
    const ended = tasks.shutdown({ drainMs: 60_000, graceMs: 100 });
    await clock.advance(100);
    expect((await ended).unresponsive).toMatchObject([{ name: "deaf" }]);
  });

  test("refuses new roots with a code, and lets children of live tasks and wrapped functions go on", async () => {
    const { tasks, clock } = make();
    const resume = deferred<void>();
    const wrapped = tasks.wrap({ name: "wrapped" }, async () => "works");
    const parent = tasks.run("parent", async () => {
      await resume.promise;
      return tasks.run("child", () => wrapped());
    });
    const ended = tasks.shutdown({ drainMs: 1_000, graceMs: 0 });
    expect(() => tasks.spawn("root", never)).toThrow(TrackerClosedError);
    await expect(tasks.run("root", never)).rejects.toMatchObject({
      code: "TASKSCOPE_CLOSED",
      reason: "closed",
    });
    resume.resolve();
    expect(await parent).toBe("works");
    await clock.advance(0);
    await ended;
    expect(await wrapped()).toBe("works");
    expect(tasks.stats().total).toMatchObject({ rejected: 2, completed: 4 });
    expect(tasks.stats().bySeries.find(({ name }) => name === "root")).toMatchObject({
      spawned: 0,
      rejected: 2,
    });
    balanced(tasks);
  });

  test("is done at once when nothing runs, and gives the same promise when called again", async () => {
    const { tasks } = make();
    const first = tasks.shutdown();
    expect(tasks.shutdown({ drainMs: 5 })).toBe(first);
    expect(await first).toEqual({ completed: 0, cancelled: 0, unresponsive: [] });
    await tasks[Symbol.asyncDispose]();
  });

  test("closes plugins in reverse order, each within its bound, and survives those that fail", async () => {
    const order: string[] = [];
    const plugin = (name: string, teardown: () => void | Promise<void>): Plugin => ({
      name,
      setup: () => () => {
        order.push(name);
        return teardown();
      },
    });
    const { tasks, clock, warnings } = make([
      plugin("first", () => {}),
      plugin("hangs", never),
      plugin("throws", () => {
        throw new Error("teardown");
      }),
    ]);
    const ended = tasks.shutdown();
    await clock.advance(5_000);
    await ended;
    expect(order).toEqual(["throws", "hangs", "first"]);
    expect(warnings).toEqual([
      "Plugin throws threw in teardown; tasks are not affected",
      "Plugin hangs did not close within 5000 ms",
    ]);
  });

  test("keeps the process alive while it waits, and leaves no timer behind", async () => {
    const { tasks, clock } = make();
    tasks.spawn("deaf", never);
    await turn();
    const ended = tasks.shutdown({ drainMs: 10, graceMs: 10 });
    expect(clock.pending.keptAlive).toBe(1);
    await clock.advance(20);
    await ended;
    expect(clock.pending.keptAlive).toBe(0);
  });

  test("an observed task that ignores its signal is listed as unresponsive", async () => {
    const { tasks, clock } = make();
    void tasks.wrap({ name: "observed" }, never)();
    const ended = tasks.shutdown({ drainMs: 10, graceMs: 10 });
    await clock.advance(20);
    expect((await ended).unresponsive).toMatchObject([{ name: "observed", state: "running" }]);
    balanced(tasks);
  });
});
