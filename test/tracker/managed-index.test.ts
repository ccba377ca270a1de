import { expect, test } from "vitest";
import { createTracker } from "taskscope";
import type { Tracker } from "taskscope";

const lasting = new Promise<never>(() => {});
const never = (): Promise<never> => lasting;

/** Tasks that come and go while nobody asks for one. */
async function pass(tasks: Tracker, count: number): Promise<void> {
  for (let index = 0; index < count; index += 1) await tasks.run("short", () => index);
}

test("a live managed task is found by its id, however many came since somebody last asked", async () => {
  const tasks = createTracker({ context: false });
  const [first, second] = [tasks.spawn("first", never), tasks.spawn("second", never)];
  const found = (): (string | undefined)[] => [first, second].map(({ id }) => tasks.get(id)?.name);
  expect(found()).toEqual(["first", "second"]);
  await pass(tasks, 10);
  expect(found()).toEqual(["first", "second"]);
  await pass(tasks, 25_000);
  const third = tasks.spawn("third", never);
  expect(found()).toEqual(["first", "second"]);
  expect(tasks.get(third.id)?.name).toBe("third");
  expect(tasks.cancel(second.id)).toBe(true);
  expect(tasks.get(second.id)?.state).toBe("cancelled");
  expect(tasks.cancel(second.id)).toBe(false);
  expect(tasks.get(first.id)?.state).toBe("running");
  expect(tasks.stats().total).toMatchObject({ running: 1, queued: 1, cancelled: 1 });
});
