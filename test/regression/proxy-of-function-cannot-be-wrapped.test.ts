import { expect, test } from "vitest";
import { createTracker } from "taskscope";

const refuse = (): never => {
  throw new Error("only calls are allowed");
};

test("a proxy that allows nothing but calls can be wrapped", () => {
  const fn = new Proxy(() => "value", {
    get: refuse,
    getOwnPropertyDescriptor: refuse,
    getPrototypeOf: refuse,
    ownKeys: refuse,
  });
  const tracker = createTracker();
  expect(tracker.wrap(fn)()).toBe("value");
  expect(tracker.stats().total).toMatchObject({ spawned: 1, completed: 1 });
});
