import { expect, test } from "vitest";
import { systemClock, WallClock } from "../../src/internal/index.ts";
import { ManualClock } from "taskscope/testing";

test("the system clock's timers fire, can be cancelled, and bear delays beyond what Node takes", async () => {
  let isCancelledFired = false;
  systemClock.setTimer(() => (isCancelledFired = true), 0, true).cancel();
  systemClock.setTimer(() => (isCancelledFired = true), 1e12, false);
  await new Promise<void>((resolve) => void systemClock.setTimer(resolve, 0.2, true));
  expect(isCancelledFired).toBe(false);
});

test("the monotonic clock does not go back, the wall clock is the machine's", () => {
  const first = systemClock.now();
  expect(systemClock.now()).toBeGreaterThanOrEqual(first);
  expect(Math.abs(systemClock.epochMs() - Date.now())).toBeLessThan(1_000);
});

test("small drifts of the wall clock do not move instants, jumps do", () => {
  const clock = new ManualClock({ nowMs: 5_000, epochMs: 1_000_000 });
  const wall = new WallClock(clock);
  expect(wall.instantMs(4_000)).toBe(999_000);
  clock.jumpWallClock(400);
  wall.synchronise();
  expect(wall.instantMs(4_000)).toBe(999_000);
  clock.jumpWallClock(-60_000);
  wall.synchronise();
  expect(wall.instantMs(4_000)).toBe(939_400);
});
