import { describe, expect, test } from "vitest";
import { createTracker } from "taskscope";
import { deferred, turn } from "../tracker/support.ts";

const throwingGetter = (target: object, key: PropertyKey): object =>
  Object.defineProperty(target, key, {
    get: () => {
      throw new Error(`read ${String(key)}`);
    },
  });

const oddValues: readonly (readonly [title: string, make: () => object])[] = [
  ["an object whose toStringTag throws", () => throwingGetter({}, Symbol.toStringTag)],
  ["an error whose stack throws", () => throwingGetter(new Error("value"), "stack")],
];

describe("a tracked promise", () => {
  test.each(oddValues)("of %s completes", async (_, make) => {
    const tracker = createTracker();
    const { promise, resolve } = deferred<object>();
    const handle = tracker.track("odd", promise);
    const settledBefore = tracker.track("odd", Promise.resolve(make()));
    resolve(make());
    await turn();
    await turn();
    expect([handle.state, settledBefore.state]).toEqual(["completed", "completed"]);
    expect(tracker.stats().total).toMatchObject({ running: 0, completed: 2 });
    expect(await handle.outcome).toMatchObject({ status: "completed" });
  });

  test.each(oddValues)("that rejects with %s fails", async (_, make) => {
    const tracker = createTracker();
    const error = make();
    const promise = Promise.reject(error as Error);
    promise.catch(() => {});
    const handle = tracker.track("odd", promise);
    await turn();
    await turn();
    expect(handle.state).toBe("failed");
    // Compared apart: a failing comparison would print it.
    expect(Object.is(await handle.result.catch((thrown: unknown) => thrown), error)).toBe(true);
  });
});
