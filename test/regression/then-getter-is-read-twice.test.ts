import { expect, test } from "vitest";
import { createTracker } from "taskscope";

// oxlint-disable-next-line typescript/unbound-method -- given out as it is
const nativeThen = Promise.prototype.then;

/** Bare `await` reads it once, and so must a wrapped call. */
function countingThen(promise: Promise<string>): { readonly promise: Promise<string>; reads: () => number } {
  let reads = 0;
  // oxlint-disable-next-line unicorn/no-thenable -- it is about that
  void Object.defineProperty(promise, "then", {
    get: () => {
      reads += 1;
      return nativeThen;
    },
  });
  return { promise, reads: () => reads };
}

class Subclass extends Promise<string> {}

test.each([
  ["a native promise", () => Promise.resolve("value")],
  ["a promise of a subclass", () => Subclass.resolve("value")],
])("the then of %s is read once by a wrapped call", async (_, make) => {
  const { promise, reads } = countingThen(make());
  expect(await createTracker().wrap({ name: "odd" }, () => promise)()).toBe("value");
  expect(reads()).toBe(1);
});
