import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { createTracker } from "taskscope";
import { turn } from "../tracker/support.ts";

const realTurn = setImmediate;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setImmediate", "setTimeout"] });
});

afterEach(() => {
  vi.useRealTimers();
});

test("a tracked promise that rejects fails while the user's tests fake the timers", async () => {
  expect(setImmediate).not.toBe(realTurn);
  const tracker = createTracker();
  const promise = Promise.reject(new Error("reason"));
  promise.catch(() => {});
  const handle = tracker.track("rejects", promise);
  vi.useRealTimers();
  await turn();
  await turn();
  expect(handle.state).toBe("failed");
});
