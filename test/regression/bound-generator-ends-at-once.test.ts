import { describe, expect, test } from "vitest";
import { createTracker } from "taskscope";

type Makes = () => AsyncGenerator<number>;

async function* makes(): AsyncGenerator<number> {
  yield 1;
  yield 2;
}

describe("an asynchronous generator is one task from its first step to its end", () => {
  test.each<readonly [title: string, dress: (fn: Makes) => Makes]>([
    ["made by the function itself", (fn) => fn],
    ["made by a bound function", (fn) => fn.bind(undefined)],
    ["made by a proxy of the function", (fn) => new Proxy(fn, {})],
    ["made by a function that another tracker wrapped", (fn) => createTracker().wrap({ name: "inner" }, fn)],
  ])("%s", async (_, dress) => {
    const tracker = createTracker();
    const generator = tracker.wrap({ name: "odd" }, dress(makes))();
    const seen = [tracker.stats().total];
    await generator.next();
    seen.push(tracker.stats().total);
    for await (const each of generator) void each;
    seen.push(tracker.stats().total);
    expect(seen).toMatchObject([
      { queued: 1, running: 0, completed: 0 },
      { queued: 0, running: 1, completed: 0 },
      { queued: 0, running: 0, completed: 1 },
    ]);
  });
});
