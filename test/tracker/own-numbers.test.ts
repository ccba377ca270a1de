import { afterEach, describe, expect, test } from "vitest";
import { createTracker } from "taskscope";
import type { PluginContext, StatsSnapshot, Tracker, TrackerOptions } from "taskscope";
import { ManualClock } from "taskscope/testing";
import { settledHeapBytes } from "./gc-heap.ts";
import { deferred, turn } from "./support.ts";

const trackers: Tracker[] = [];

afterEach(async () => {
  await Promise.all(trackers.splice(0).map((tasks) => tasks.shutdown({ drainMs: 0, graceMs: 0 })));
});

function make(options: TrackerOptions = {}): { tasks: Tracker; stats: () => StatsSnapshot } {
  let context: PluginContext | undefined;
  const reader = { name: "reader", setup: (given: PluginContext) => void (context = given) };
  const tasks = createTracker({ ...options, plugins: [reader] });
  trackers.push(tasks);
  return { tasks, stats: () => context?.stats() ?? expect.fail("no context") };
}

describe("the delay of the event loop", () => {
  test("is measured from the first reading on, and until the tracker has shut down", async () => {
    const clock = new ManualClock();
    const { tasks, stats } = make({ clock });
    await clock.advance(100);
    expect(clock.pending.total).toBe(0);
    expect(stats().eventLoop.delay.count).toBe(0);
    await clock.advance(100);
    expect(stats().eventLoop.delay.count).toBe(5);
    expect(clock.pending).toEqual({ total: 1, keptAlive: 0 });
    await tasks.shutdown();
    expect(clock.pending.total).toBe(0);
    expect(stats().eventLoop.delay.count).toBe(5);
    expect(clock.pending.total).toBe(0);
  });

  test("is measured once for all trackers, as long as one of them is there", async () => {
    const clock = new ManualClock();
    const one = make({ clock });
    const two = make({ clock });
    expect(one.stats().eventLoop).toEqual(two.stats().eventLoop);
    expect(clock.pending.total).toBe(1);
    await clock.advance(40);
    expect(one.stats().eventLoop).toEqual(two.stats().eventLoop);
    await one.tasks.shutdown();
    await clock.advance(40);
    expect(two.stats().eventLoop.delay.count).toBe(4);
  });

  test("is not measured on for a tracker whose plugin failed to set up", () => {
    const clock = new ManualClock();
    const rude = {
      name: "rude",
      setup: (context: PluginContext) => {
        context.stats();
        throw new Error("no");
      },
    };
    expect(() => createTracker({ clock, plugins: [rude] })).toThrow("no");
    expect(clock.pending.total).toBe(0);
  });
});

test("a sweep of the finished tasks counts, with the time it took", async () => {
  const clock = new ManualClock();
  const slowClock = {
    now: () => clock.now() + reads++ * 0.2,
    epochMs: () => clock.epochMs(),
    setTimer: clock.setTimer.bind(clock),
  };
  let reads = 0;
  const { tasks, stats } = make({ clock: slowClock, retention: { finishedMs: 1_000, sweepMs: 500 } });
  expect(stats().cleanups.count).toBe(0);
  await tasks.run("work", () => 1);
  await clock.advance(2_000);
  const { count, sum } = stats().cleanups;
  expect(count).toBeGreaterThan(1);
  expect(sum).toBeCloseTo(count * 0.0002, 9);
  tasks.sweep(0);
  expect(stats().cleanups.count).toBe(count + 1);
});

describe("the estimate of what tracking holds", () => {
  const never = (): Promise<never> => new Promise(() => {});
  const many = 10_000;
  const unbounded = { maxQueued: Number.POSITIVE_INFINITY, maxSeries: many };
  type Fill = (tasks: Tracker, index: number) => unknown;
  // What a body waits for is held by somebody, as it is in a program.
  const held: unknown[] = [];
  const waits = (): Promise<void> => {
    const gate = deferred<void>();
    held.push(gate.resolve);
    return gate.promise;
  };

  test.each<[string, TrackerOptions, Fill, Fill | undefined]>([
    [
      "wrapped tasks that run",
      { context: false, limits: unbounded },
      (tasks) => tasks.wrap("w", waits)(),
      waits,
    ],
    ["opened tasks", { limits: unbounded }, (tasks) => tasks.open("o").start(), undefined],
    ["managed tasks that run", { limits: unbounded }, (tasks) => tasks.spawn("m", waits), waits],
    [
      "managed tasks that wait",
      { limits: { ...unbounded, maxRunning: 1 } },
      (tasks) => tasks.spawn("m", never),
      undefined,
    ],
    [
      "observed ones that ended",
      { retention: { maxFinished: many } },
      (tasks) => tasks.wrap("w", () => 1)(),
      undefined,
    ],
    [
      "managed ones that ended",
      { retention: { maxFinished: many } },
      (tasks) => void tasks.run("m", () => 1),
      undefined,
    ],
    [
      "series",
      { limits: unbounded, retention: { maxFinished: 0 } },
      (tasks, index) => void tasks.run(`name-${index}`, () => 1),
      undefined,
    ],
  ])("is right to a factor of two for %s", async (_kind, options, fill, bare) => {
    const { tasks, stats } = make(options);
    const kept: unknown[] = Array.from({ length: 2 * many }, () => 0);
    const grownBytes = async (from: number, work: (index: number) => unknown): Promise<number> => {
      const beforeBytes = await settledHeapBytes();
      for (let index = 0; index < many; index += 1) kept[from + index] = work(index);
      await turn();
      return (await settledHeapBytes()) - beforeBytes;
    };
    const bareBytes = bare === undefined ? 0 : await grownBytes(0, (index) => bare(tasks, index));
    const estimatedBefore = stats().memoryBytes;
    const heapBytes = (await grownBytes(many, (index) => fill(tasks, index))) - bareBytes;
    const estimatedBytes = stats().memoryBytes - estimatedBefore;
    expect(kept).toHaveLength(2 * many);
    expect(estimatedBytes / heapBytes).toBeGreaterThan(0.5);
    expect(estimatedBytes / heapBytes).toBeLessThan(2);
    held.length = 0;
  });
});
