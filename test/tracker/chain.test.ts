import { describe, expect, expectTypeOf, test } from "vitest";
import { createTracker } from "taskscope";
import type { TaskContext, TrackerOptions } from "taskscope";
import { ManualClock } from "taskscope/testing";
import { balanced, deferred, turn } from "./support.ts";

function make(options: TrackerOptions = {}) {
  const clock = new ManualClock();
  return { clock, tasks: createTracker({ clock, ...options }) };
}

describe("a chain", () => {
  test("runs its steps in order, gives each the value before it, and gives the last", async () => {
    const { tasks } = make();
    const reserve = async (): Promise<number> => 40;
    const charge = (amount: number): number => amount + 2;
    const value = await tasks.chain("checkout", [reserve, charge, (sum) => `paid ${sum}`]);
    expectTypeOf(value).toEqualTypeOf<string>();
    expect(value).toBe("paid 42");
  });

  test("is one managed task, and each step a managed child named after the chain and the step", async () => {
    const { tasks } = make();
    const contexts: TaskContext[] = [];
    const reserve = (_: undefined, context: TaskContext): void => void contexts.push(context);
    await tasks.chain({ name: "checkout", type: "payments" }, [
      reserve,
      (_, context) => void contexts.push(context),
    ]);
    const [chain, ...steps] = tasks.list();
    expect(chain).toMatchObject({ name: "checkout", type: "payments", managed: true, state: "completed" });
    expect(steps).toMatchObject([
      { name: "checkout/reserve", type: "general", managed: true, parentId: chain?.id },
      { name: "checkout/1", type: "general", managed: true, parentId: chain?.id },
    ]);
    expect(contexts.map(({ task }) => task.id)).toEqual(steps.map(({ id }) => id));
    balanced(tasks);
  });

  test("stops at the first step that fails, with its very error", async () => {
    const { tasks } = make();
    const error = new TypeError("declined");
    let isShipped = false;
    const promise = tasks.chain("checkout", [
      () => 1,
      (): number => {
        throw error;
      },
      () => void (isShipped = true),
    ]);
    await expect(promise).rejects.toBe(error);
    expect(isShipped).toBe(false);
    expect(tasks.list()).toMatchObject([
      { name: "checkout", state: "failed", errorType: "TypeError" },
      { name: "checkout/0", state: "completed" },
      { name: "checkout/1", state: "failed", errorType: "TypeError" },
    ]);
  });

  test("that is cancelled cancels the step that runs and starts no other", async () => {
    const { tasks } = make();
    let signal: AbortSignal | undefined;
    const body = deferred<void>();
    const promise = tasks.chain("checkout", [
      (_, context) => {
        ({ signal } = context);
        return body.promise;
      },
      () => 1,
    ]);
    const failure = promise.catch((error: unknown) => error);
    tasks.cancelWhere({ name: "checkout" }, "why");
    expect(await failure).toMatchObject({ code: "TASKSCOPE_CANCELLED", cause: "why" });
    expect(signal?.aborted).toBe(true);
    body.resolve();
    await turn();
    expect(tasks.stats().total).toMatchObject({ spawned: 2, cancelled: 2 });
    balanced(tasks);
  });

  test("that is cancelled between two steps does not run the next", async () => {
    const { tasks } = make();
    let isRun = false;
    const promise = tasks.chain("checkout", [
      () => void Promise.resolve().then(() => tasks.cancelWhere({ name: "checkout" })),
      () => void (isRun = true),
    ]);
    await expect(promise).rejects.toMatchObject({ code: "TASKSCOPE_CANCELLED" });
    await turn();
    expect(isRun).toBe(false);
    balanced(tasks);
  });

  test("that times out takes its step with it", async () => {
    const { tasks, clock } = make();
    const promise = tasks.chain({ name: "checkout", timeoutMs: 100 }, [() => new Promise(() => {})]);
    const failure = promise.catch((error: unknown) => error);
    await clock.advance(100);
    expect(await failure).toMatchObject({ code: "TASKSCOPE_TIMEOUT" });
    expect(tasks.stats().total).toMatchObject({ failed: 1, cancelled: 1, running: 0 });
  });

  test("does not wait for itself where its type is limited to one", async () => {
    const { tasks } = make({ types: { payments: { maxRunning: 1 } } });
    const chains = [1, 2].map((number) =>
      tasks.chain({ name: "checkout", type: "payments" }, [() => number, (value) => value * 2]),
    );
    expect(await Promise.all(chains)).toEqual([2, 4]);
  });

  test("that restarts begins with its first step", async () => {
    const { tasks, clock } = make();
    let tries = 0;
    const restart = { maxRestarts: 1, backoff: { delayMs: () => 10 } };
    const promise = tasks.chain({ name: "checkout", restart }, [
      () => (tries += 1),
      (number) => {
        if (number === 1) throw new Error("once");
        return number;
      },
    ]);
    await clock.advance(10);
    expect(await promise).toBe(2);
  });
});

test("steps are typed by the value before them, up to eight; further ones take unknown", async () => {
  const { tasks } = make();
  const add = (value: number): number => value + 1;
  const eight = await tasks.chain("eight", [() => 0, add, add, add, add, add, add, (n) => `${n}`]);
  expectTypeOf(eight).toEqualTypeOf<string>();
  expect(eight).toBe("6");
  const any = (value: unknown): number => Number(value ?? 0) + 1;
  const nine = await tasks.chain("nine", [any, any, any, any, any, any, any, any, any]);
  expectTypeOf(nine).toEqualTypeOf<unknown>();
  expect(nine).toBe(9);
  // @ts-expect-error -- the second step takes text, the first gives a number
  await tasks.chain("wrong", [() => 1, (text: string) => text.length]);
});

test.each([
  [[], /^steps takes an array of one function or more, got an array/],
  ["steps", /^steps takes an array/],
  [[() => 1, 5], /^steps\[1\] takes a function, got 5/],
])("rejects and makes no task for the steps %o", async (steps, message) => {
  const { tasks } = make();
  await expect(tasks.chain("checkout", steps as never)).rejects.toThrow(message);
  expect(tasks.stats().total.spawned).toBe(0);
});
