import { expect, test } from "vitest";
import { createTracker } from "taskscope";
import { ManualClock } from "taskscope/testing";

test("a start that counted against no rate is not given back to a new one", async () => {
  const clock = new ManualClock();
  const tasks = createTracker({ clock, types: { r: { startsPerSecond: Infinity } } });
  let started = 0;
  const body = (): void => void (started += 1);
  const early = Array.from({ length: 20 }, () => tasks.spawn({ name: "early", type: "r" }, body));
  tasks.configure({ types: { r: { startsPerSecond: 1 } } });
  for (let index = 0; index < 5; index += 1) tasks.spawn({ name: "late", type: "r" }, body);
  for (const task of early) task.cancel();
  await clock.advance(0);
  expect(started).toBe(1);
  await clock.advance(2_000);
  expect(started).toBe(3);
  await tasks.shutdown({ drainMs: 0, graceMs: 0 });
});

test("a rate that no clock can count is refused", () => {
  expect(() => createTracker({ types: { r: { startsPerSecond: 1e-306 } } })).toThrow(
    /^types\.r\.startsPerSecond takes a number of starts per second from 1e-9 up/,
  );
});
