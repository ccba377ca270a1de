import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { expect, test } from "vitest";
import { createTracker } from "taskscope";
import type { LostEvent } from "taskscope";
import { ManualClock } from "taskscope/testing";
import { balanced, turn } from "../tracker/support.ts";

const forgotten = (): Promise<never> => new Promise(() => {});

test.each([
  ["with restarts left", { maxRestarts: 2 }],
  ["without", undefined],
])("a task that is cancelled when it is announced as lost, %s, ends once", async (_, restart) => {
  const clock = new ManualClock();
  const tasks = createTracker({ clock, watchMs: 1_000 });
  const cancel = (event: unknown): void => void tasks.cancel((event as LostEvent).id);
  subscribe("taskscope:task:lost", cancel);
  try {
    const task = tasks.spawn({ name: "t", restart }, forgotten);
    const { outcome } = task;
    await clock.advance(3_000);
    for (let pass = 0; pass < 5; pass += 1) {
      await turn();
      globalThis.gc?.();
    }
    expect(await outcome).toMatchObject({ status: "cancelled", attempts: 1 });
    await clock.advance(200_000);
    expect(task.state).toBe("cancelled");
    expect(tasks.stats().total).toMatchObject({ running: 0, queued: 0, cancelled: 1, failed: 0 });
    balanced(tasks);
    expect((await tasks.shutdown()).unresponsive).toEqual([]);
  } finally {
    unsubscribe("taskscope:task:lost", cancel);
  }
});
