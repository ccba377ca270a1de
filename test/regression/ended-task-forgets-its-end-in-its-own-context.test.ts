import { expect, test } from "vitest";
import { createTracker, currentTask } from "taskscope";
import { ManualClock } from "taskscope/testing";
import { turn } from "../tracker/support.ts";

test("code that runs on in the context of an ended task finds when it ended", async () => {
  const clock = new ManualClock();
  const tasks = createTracker({ clock });
  let later: Promise<unknown> = Promise.resolve();
  await tasks.wrap("t", async () => {
    await clock.advance(30);
    later = turn().then(async () => {
      const task = currentTask()?.task;
      const { endedAtMs, state } = task ?? {};
      return [state, endedAtMs === undefined, await task?.outcome];
    });
  })();
  expect(await later).toEqual(["completed", false, expect.objectContaining({ durationMs: 30 })]);
});

test("an opened task that is completed with a promise which rejects causes no unhandled rejection", async () => {
  const unhandled: unknown[] = [];
  const listen = (error: unknown): void => void unhandled.push(error);
  process.on("unhandledRejection", listen);
  const task = createTracker().open("t");
  const { result } = task;
  const rejected = Promise.reject(new Error("x"));
  rejected.catch(() => {});
  task.complete(rejected);
  for (let pass = 0; pass < 3; pass += 1) await turn();
  process.off("unhandledRejection", listen);
  expect(unhandled).toEqual([]);
  await expect(result).rejects.toThrow("x");
});
