import { expect, test } from "vitest";
import { createTracker } from "taskscope";
import { ManualClock } from "taskscope/testing";
import { expectFlat, settledHeapBytes } from "../tracker/gc-heap.ts";

test("tasks that waited long for one lasting promise are let go of when they have ended", async () => {
  const clock = new ManualClock();
  const tasks = createTracker({ clock, watchMs: 1_000, retention: { maxFinished: 0 } });
  const round = async (count: number): Promise<{ lasting: Promise<void>; refs: WeakRef<object>[] }> => {
    let settle = (): void => {};
    const lasting = new Promise<void>((resolve) => (settle = resolve));
    const refs: WeakRef<object>[] = [];
    const wrapped = tasks.wrap("wrapped", () => lasting);
    for (let index = 0; index < count; index += 1) {
      const held = { index };
      if (index % 1_000 === 0) refs.push(new WeakRef(held));
      void tasks.run({ name: "restarted", restart: { when: "on-failure" } }, () => {
        held.index += 1;
        return lasting;
      });
      void wrapped();
    }
    await clock.advance(3_000);
    settle();
    await clock.advance(10);
    return { lasting, refs };
  };
  const first = await round(30_000);
  const beforeBytes = await settledHeapBytes();
  const second = await round(30_000);
  const afterBytes = await settledHeapBytes();
  expect(tasks.stats().total).toMatchObject({ completed: 120_000, running: 0 });
  expectFlat(beforeBytes, afterBytes);
  expect(second.refs.filter((ref) => ref.deref() !== undefined)).toEqual([]);
  // Both promises are still there.
  await Promise.all([first.lasting, second.lasting]);
}, 240_000);
