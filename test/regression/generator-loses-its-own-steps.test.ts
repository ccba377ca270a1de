import { expect, test } from "vitest";
import { createTracker } from "taskscope";

test("a step that the generator function's prototype replaces is the one that is called", async () => {
  async function* makes(): AsyncGenerator<string> {
    yield "the language's";
  }
  // oxlint-disable-next-line typescript/unbound-method -- called with the generator as `this`
  const { next } = Object.getPrototypeOf(makes.prototype) as AsyncGenerator<string>;
  makes.prototype.next = async function (this: AsyncGenerator<string>, ...args: []) {
    const result = await Reflect.apply(next, this, args);
    return { ...result, value: "its own" };
  };
  expect((await makes().next()).value).toBe("its own");
  expect((await createTracker().wrap(makes)().next()).value).toBe("its own");
});
