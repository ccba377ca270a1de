import { expect, test } from "vitest";
import { createTracker } from "taskscope";
import { balanced, deferred, turn } from "../tracker/support.ts";

test.each(["fulfils", "rejects"])("a promise that is tracked twice and %s ends both tasks", async (how) => {
  const tracker = createTracker();
  const { promise, resolve, reject } = deferred<string>();
  promise.catch(() => {});
  const handles = [tracker.track("first", promise), tracker.track("second", promise)];
  if (how === "fulfils") resolve("value");
  else reject(new Error("reason"));
  await turn();
  await turn();
  const state = how === "fulfils" ? "completed" : "failed";
  expect(handles.map((handle) => handle.state)).toEqual([state, state]);
  expect(tracker.stats().total).toMatchObject({ spawned: 2, running: 0, [state]: 2 });
  balanced(tracker);
});

test("both handles of a promise that is tracked twice give its value", async () => {
  const tracker = createTracker();
  const { promise, resolve } = deferred<string>();
  const results = ["first", "second"].map((name) => tracker.track(name, promise).result);
  resolve("value");
  const settled = Promise.all(results);
  expect(await Promise.race([settled, turn().then(() => "still waits")])).toEqual(["value", "value"]);
});
