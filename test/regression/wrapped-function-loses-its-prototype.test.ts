import { describe, expect, test } from "vitest";
import { createTracker } from "taskscope";

const toStringTag = (fn: object): unknown => (fn as { [Symbol.toStringTag]?: unknown })[Symbol.toStringTag];

/** Libraries ask this to tell whether a function takes a callback or gives a promise (`async`, Fastify). */
describe("a wrapped function says what it is", () => {
  test.each([
    ["an asynchronous function", async () => {}],
    ["an asynchronous generator function", async function* () {}],
    ["a generator function", function* () {}],
    ["a function", () => {}],
  ])("%s", (_, fn) => {
    const wrapped = createTracker().wrap({ name: "odd" }, fn as () => unknown);
    expect(toStringTag(wrapped)).toBe(toStringTag(fn));
    expect(wrapped.constructor).toBe(fn.constructor);
    expect(Object.getPrototypeOf(wrapped)).toBe(Object.getPrototypeOf(fn));
  });

  test("a function that inherits from something of its own", () => {
    const parent = Object.assign(() => {}, { inherited: () => "inherited" });
    const fn = Object.setPrototypeOf(() => {}, parent) as () => void;
    const wrapped = createTracker().wrap({ name: "odd" }, fn) as typeof parent;
    expect(wrapped.inherited()).toBe("inherited");
  });

  test("an asynchronous generator is an instance of the function that made it", () => {
    async function* makes(): AsyncGenerator<number> {
      yield 1;
    }
    const wrapped = createTracker().wrap(makes);
    const isInstance = Function.prototype[Symbol.hasInstance].bind(makes);
    expect(isInstance(wrapped())).toBe(true);
    expect(wrapped() instanceof (wrapped as unknown as new () => unknown)).toBe(true);
  });
});
