import { describe, expect, test } from "vitest";
import { createTracker } from "taskscope";
import { balanced } from "../tracker/support.ts";

const revoked = (): object => {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
};

const withoutPrototypeTrap = (): object =>
  new Proxy(
    {},
    {
      getPrototypeOf: () => {
        throw new Error("asked for the prototype");
      },
    },
  );

describe("the call of a wrapped function", () => {
  test.each([
    ["a revoked proxy", revoked],
    ["a proxy that hides its prototype", withoutPrototypeTrap],
  ])("gives %s as it is", (_, make) => {
    const tracker = createTracker();
    const value = make();
    expect(Object.is(tracker.wrap({ name: "odd" }, () => value)(), value)).toBe(true);
    expect(tracker.stats().total).toMatchObject({ spawned: 1, running: 0, completed: 1 });
  });

  // Bare, both are returned, and reject with a TypeError where they are awaited.
  test.each([
    ["a proxy of a promise", () => new Proxy(Promise.resolve(1), {})],
    ["an object that only inherits from Promise", () => Object.create(Promise.prototype) as Promise<never>],
  ])("does not throw for %s, which rejects where it is awaited", async (_, make) => {
    const tracker = createTracker();
    const wrapped = tracker.wrap({ name: "odd" }, make);
    let result: Promise<number> | undefined;
    expect(() => {
      result = wrapped();
    }).not.toThrow();
    await expect((async () => result)()).rejects.toThrow(TypeError);
    expect(tracker.stats().total).toMatchObject({ spawned: 1, running: 0 });
    balanced(tracker);
  });
});
