import { describe, expect, test } from "vitest";
import { createTracker, TaskLostError } from "taskscope";
import type { LifecycleEvent, Tracker, TrackerOptions } from "taskscope";
import { ManualClock } from "taskscope/testing";
import { balanced, metricReader, turn } from "./support.ts";

function make(options: TrackerOptions = {}) {
  const clock = new ManualClock();
  const { reader, samples } = metricReader();
  const tasks = createTracker({ clock, watchMs: 1_000, plugins: [reader], ...options });
  const events: LifecycleEvent[] = [];
  tasks.subscribe({ name: "test" }, (event) => void events.push(event));
  const counted = (): number[] => samples("tasks_lost_total").map(({ value }) => value);
  return { clock, tasks, events, counted };
}

/** Grows the tasks older than the time between two looks, and collects what nobody holds. */
async function collect(clock: ManualClock): Promise<void> {
  await clock.advance(3_000);
  await collectGarbage();
}

/** The callbacks of a `FinalizationRegistry` come in a turn of the event loop some time after the collection. */
async function collectGarbage(): Promise<void> {
  expect(globalThis.gc, "run with --expose-gc").toBeDefined();
  for (let pass = 0; pass < 5; pass += 1) {
    await turn();
    globalThis.gc?.();
    await turn();
  }
}

const forgotten = (): Promise<never> => new Promise(() => {});
const held: unknown[] = [];
const holding = (): Promise<never> => {
  const promise = new Promise<never>(() => {});
  held.push(promise);
  return promise;
};

describe("a task is lost when what alone could settle it was collected:", () => {
  test.each<[string, (tasks: Tracker) => void]>([
    ["the promise of a wrapped call", (tasks) => void tasks.wrap("t", forgotten)()],
    [
      "what an async function waits for",
      (tasks) => void tasks.wrap("t", async () => void (await forgotten()))(),
    ],
    ["a tracked promise", (tasks) => void tasks.track("t", forgotten())],
    ["the promise of a managed body", (tasks) => void tasks.spawn("t", forgotten)],
    ["the handle of an opened task", (tasks) => void tasks.open("t").start()],
    ["the handle of one that was never started", (tasks) => void tasks.open("t")],
    [
      "a generator that was left halfway",
      (tasks) =>
        void tasks
          .wrap("t", async function* () {
            yield 1;
            yield 2;
          })()
          .next(),
    ],
  ])("%s", async (_, start) => {
    const { clock, tasks, events, counted } = make();
    start(tasks);
    await collect(clock);
    await turn();
    expect(tasks.stats().total).toMatchObject({ spawned: 1, running: 0, queued: 0, failed: 1, lost: 1 });
    expect(tasks.list()).toMatchObject([{ state: "failed", errorType: "lost" }]);
    expect(counted()).toEqual([1]);
    expect(events.map(({ kind }) => kind).slice(-2)).toEqual(["lost", "failed"]);
    balanced(tasks);
  });
});

test("whoever waits for a lost task is told", async () => {
  const { clock, tasks } = make();
  const task = tasks.spawn("t", forgotten);
  const run = tasks.run("t", forgotten).catch((error: unknown) => error);
  const outcome = task.outcome;
  await collect(clock);
  expect(await outcome).toMatchObject({ status: "failed", errorType: "lost" });
  const error = await run;
  expect(error).toBeInstanceOf(TaskLostError);
  expect(error).toMatchObject({ code: "TASKSCOPE_LOST", name: "TaskLostError" });
});

test("a lost attempt is restarted where the policy says so", async () => {
  const { clock, tasks } = make();
  let attempts = 0;
  const task = tasks.spawn(
    { name: "t", restart: { maxRestarts: 1, backoff: { delayMs: () => 10 } } },
    async () => {
      attempts += 1;
      if (attempts === 1) await forgotten();
      return "done";
    },
  );
  const { result } = task;
  await collect(clock);
  await clock.advance(100);
  await expect(result).resolves.toBe("done");
  expect(tasks.stats().total).toMatchObject({ lost: 0, completed: 1, restarted: 1 });
});

test("what somebody holds is not lost, however old", async () => {
  const { clock, tasks } = make();
  void tasks.wrap("t", holding)();
  void tasks.spawn("t", holding);
  held.push(tasks.open("t"), tasks.track("t", holding()));
  const generator = tasks.wrap("t", async function* () {
    yield 1;
  })();
  void generator.next();
  held.push(generator);
  // The event loop holds a timer, and so what waits for it.
  let timer: NodeJS.Timeout | undefined;
  void tasks.wrap("timed", async () => {
    await new Promise((resolve) => {
      timer = setTimeout(resolve, 2 ** 31 - 1);
    });
  })();
  await collect(clock);
  await collect(clock);
  expect(tasks.stats().total).toMatchObject({ spawned: 6, failed: 0, lost: 0 });
  clearTimeout(timer);
  await collect(clock);
  expect(tasks.list({ state: "failed" })).toMatchObject([{ name: "timed", errorType: "lost" }]);
  expect(held).toHaveLength(6);
});

test("young tasks are not watched, and none is with watchMs: Infinity", async () => {
  const { clock, tasks } = make({ watchMs: Infinity });
  void tasks.wrap("t", forgotten)();
  void tasks.spawn("t", forgotten);
  await collect(clock);
  expect(tasks.stats().total).toMatchObject({ running: 2, lost: 0 });
});

test("the look at live tasks keeps no tracker in memory", async () => {
  const clock = new ManualClock();
  const drop = (): WeakRef<Tracker> => {
    const tasks = createTracker({ clock, context: false });
    void tasks.wrap("t", async () => 1)();
    return new WeakRef(tasks);
  };
  const dropped = drop();
  await turn();
  await clock.advance(60_000);
  await collectGarbage();
  expect(dropped.deref()).toBeUndefined();
});
