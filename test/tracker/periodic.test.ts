import { AsyncLocalStorage } from "node:async_hooks";
import { describe, expect, test } from "vitest";
import { createTracker, currentTask, TrackerClosedError } from "taskscope";
import type { HookTask, Plugin, TrackerOptions } from "taskscope";
import { ManualClock } from "taskscope/testing";
import { balanced, deferred, turn } from "./support.ts";

/** Held, so that no collection proves a task lost that waits for it. */
const lasting = new Promise<never>(() => {});
const never = (): Promise<never> => lasting;

function make(options: TrackerOptions = {}) {
  const clock = new ManualClock();
  return { clock, tasks: createTracker({ clock, ...options }) };
}

/** The clock's reading at each start. */
function noteStarts(clock: ManualClock): { readonly starts: number[]; readonly body: () => void } {
  const starts: number[] = [];
  return { starts, body: () => void starts.push(clock.now()) };
}

describe("periodic work", () => {
  test("runs first after one interval, or at once when it is told to", async () => {
    const { tasks, clock } = make();
    const later = noteStarts(clock);
    const atOnce = noteStarts(clock);
    tasks.every({ name: "later", intervalMs: 100 }, later.body);
    tasks.every({ name: "at-once", intervalMs: 100, immediate: true }, atOnce.body);
    expect(atOnce.starts).toEqual([]);
    await clock.advance(250);
    expect(later.starts).toEqual([100, 200]);
    expect(atOnce.starts).toEqual([0, 100, 200]);
    await tasks.shutdown();
  });

  test("keeps to its grid though timers fire late", async () => {
    const { tasks, clock } = make();
    await clock.advance(7);
    const { starts, body } = noteStarts(clock);
    let lateMs = 40;
    const original = clock.setTimer.bind(clock);
    clock.setTimer = (callback, delayMs, keepAlive) => original(callback, delayMs + lateMs, keepAlive);
    const periodic = tasks.every({ name: "sweep", intervalMs: 100 }, body);
    await clock.advance(600);
    expect(starts).toEqual([147, 247, 347, 447, 547]);
    lateMs = 0;
    await clock.advance(400);
    expect(starts.slice(5)).toEqual([647, 707, 807, 907, 1_007]);
    expect(periodic).toMatchObject({ runs: 10, skipped: 0 });
    await tasks.shutdown();
  });

  test("waits on when a timer fires early", async () => {
    const { tasks, clock } = make();
    const { starts, body } = noteStarts(clock);
    const original = clock.setTimer.bind(clock);
    clock.setTimer = (callback, delayMs, keepAlive) => original(callback, Math.min(delayMs, 30), keepAlive);
    const periodic = tasks.every({ name: "sweep", intervalMs: 100 }, body);
    await clock.advance(210);
    expect(starts).toEqual([100, 200]);
    periodic.cancel();
  });

  test("fires no burst after the process was busy: what was missed counts as skipped", async () => {
    const { tasks, clock } = make();
    const { starts, body } = noteStarts(clock);
    const late = { ms: 0 };
    const original = clock.setTimer.bind(clock);
    clock.setTimer = (callback, delayMs, keepAlive) => original(callback, delayMs + late.ms, keepAlive);
    late.ms = 530;
    const periodic = tasks.every({ name: "sweep", intervalMs: 100 }, body);
    late.ms = 0;
    await clock.advance(800);
    expect(starts).toEqual([630, 700, 800]);
    expect(periodic).toMatchObject({ runs: 3, skipped: 5 });
    await tasks.shutdown();
  });

  test("goes on after a run that fails, and counts it as a failed task", async () => {
    const { tasks, clock } = make();
    let runs = 0;
    const periodic = tasks.every({ name: "flaky", intervalMs: 100 }, () => {
      runs += 1;
      if (runs === 1) throw new TypeError("synchronous");
      if (runs === 2) return Promise.reject(new TypeError("asynchronous"));
      return runs;
    });
    await clock.advance(300);
    expect(periodic.runs).toBe(3);
    expect(tasks.stats().total).toMatchObject({ failed: 2, completed: 1 });
    balanced(tasks);
    periodic.cancel();
  });

  test("makes each run a managed root, linked, outside the task and the async context it was asked for in", async () => {
    const spawned: HookTask[] = [];
    const plugin: Plugin = { name: "p", setup: (context) => context.onSpawn((task) => spawned.push(task)) };
    const { tasks, clock } = make({ plugins: [plugin] });
    const request = new AsyncLocalStorage<string>();
    const seen: unknown[] = [];
    await request.run("request", () =>
      tasks.run("starter", () => {
        const options = { name: "sweep", type: "maintenance", intervalMs: 100, immediate: true };
        tasks.every(options, ({ task }) => {
          seen.push([request.getStore(), task.parentId, currentTask()?.task.name]);
        });
      }),
    );
    await clock.advance(100);
    expect(seen).toEqual([
      [undefined, undefined, "sweep"],
      [undefined, undefined, "sweep"],
    ]);
    expect(spawned[1]).toMatchObject({ name: "sweep", type: "maintenance", managed: true, trace: "link" });
    expect(spawned[1]?.parentTask).toBeUndefined();
    await tasks.shutdown();
  });

  test("is out of reach of the end of the task it was asked for in", async () => {
    const { tasks, clock } = make();
    const { starts, body } = noteStarts(clock);
    const starter = tasks.spawn("starter", () => {
      tasks.every({ name: "sweep", intervalMs: 100 }, body);
      return never();
    });
    await turn();
    starter.cancel();
    await clock.advance(200);
    expect(starts).toHaveLength(2);
    await tasks.shutdown({ graceMs: 0 });
  });
});

describe("a run that is due while the one before goes on", () => {
  test("is skipped and counted by default", async () => {
    const { tasks, clock } = make();
    const body = deferred<void>();
    const periodic = tasks.every({ name: "slow", intervalMs: 100 }, () => body.promise);
    await clock.advance(350);
    expect(periodic).toMatchObject({ runs: 1, skipped: 2 });
    body.resolve();
    await clock.advance(50);
    expect(periodic).toMatchObject({ runs: 2, skipped: 2 });
    periodic.cancel();
  });

  test("waits for its turn with overlap queue: one waits, further ones are skipped", async () => {
    const { tasks, clock } = make();
    const bodies = [deferred<void>(), deferred<void>()];
    const started: number[] = [];
    const periodic = tasks.every({ name: "slow", intervalMs: 100, overlap: "queue" }, () => {
      started.push(clock.now());
      return bodies[started.length - 1]?.promise;
    });
    await clock.advance(450);
    expect(periodic).toMatchObject({ runs: 1, skipped: 2 });
    bodies[0]?.resolve();
    await turn();
    expect(started).toEqual([100, 450]);
    bodies[1]?.resolve();
    await clock.advance(50);
    expect(started).toEqual([100, 450, 500]);
    periodic.cancel();
  });

  test("starts beside it with overlap allow", async () => {
    const { tasks, clock } = make();
    const periodic = tasks.every({ name: "slow", intervalMs: 100, overlap: "allow" }, never);
    await clock.advance(300);
    expect(tasks.stats().total.running).toBe(3);
    expect(periodic.cancel("enough")).toBe(true);
    expect(tasks.stats().total).toMatchObject({ running: 0, cancelled: 3 });
  });

  test("waits for the body of a run that timed out, or for its grace", async () => {
    const { tasks, clock } = make();
    const options = { name: "deaf", intervalMs: 100, timeoutMs: 50, cancelGraceMs: 120 };
    const periodic = tasks.every(options, never);
    await clock.advance(200);
    expect(tasks.stats().total).toMatchObject({ running: 0, failed: 1, unresponsive: 0 });
    expect(periodic).toMatchObject({ runs: 1, skipped: 1 });
    await clock.advance(100);
    expect(periodic).toMatchObject({ runs: 2, skipped: 1 });
    expect(tasks.stats().total.unresponsive).toBe(1);
    periodic.cancel();
  });

  test("is skipped when a limit refuses it, and when it is dropped for the key of another task", async () => {
    const { tasks, clock } = make({ limits: { maxRunning: 1, maxQueued: 0 } });
    const body = deferred<void>();
    const blocker = tasks.spawn({ name: "blocker", key: "k" }, () => body.promise);
    const refused = tasks.every({ name: "refused", intervalMs: 100 }, () => {});
    const dropped = tasks.every({ name: "dropped", intervalMs: 100, key: "k", onDuplicate: "drop" }, never);
    await clock.advance(100);
    expect(refused).toMatchObject({ runs: 0, skipped: 1, isStopped: false });
    expect(dropped).toMatchObject({ runs: 0, skipped: 1 });
    dropped.cancel();
    expect(blocker.state).toBe("running");
    body.resolve();
    await clock.advance(100);
    expect(refused).toMatchObject({ runs: 1, skipped: 1 });
    refused.cancel();
  });
});

describe("periodic work ends", () => {
  test("by cancel, with the run that goes on; the second cancel gives false", async () => {
    const { tasks, clock } = make();
    const periodic = tasks.every({ name: "sweep", intervalMs: 100 }, never);
    await clock.advance(100);
    const [info] = tasks.list({ name: "sweep" });
    const run = tasks.get(info?.id ?? 0);
    expect(periodic.cancel("no more")).toBe(true);
    expect(await run?.outcome).toMatchObject({ status: "cancelled", reason: "no more" });
    expect(periodic.cancel()).toBe(false);
    await clock.advance(500);
    expect(periodic).toMatchObject({ runs: 1, skipped: 0, isStopped: true });
    expect(clock.pending.keptAlive).toBe(0);
  });

  test("by its signal", async () => {
    const { tasks, clock } = make();
    const controller = new AbortController();
    const options = { name: "sweep", intervalMs: 100, signal: controller.signal };
    const periodic = tasks.every(options, never);
    await clock.advance(100);
    controller.abort("stop");
    expect(periodic.isStopped).toBe(true);
    expect(tasks.stats().total).toMatchObject({ cancelled: 1, running: 0 });
    expect(tasks.every(options, never).isStopped).toBe(true);
    expect(clock.pending.keptAlive).toBe(0);
  });

  test("by disposal, which waits for the run", async () => {
    const { tasks, clock } = make();
    const periodic = tasks.every({ name: "sweep", intervalMs: 100 }, never);
    await clock.advance(100);
    await periodic[Symbol.asyncDispose]();
    expect(tasks.stats().total).toMatchObject({ cancelled: 1, running: 0 });
  });

  test("first at shutdown, which lets the run that goes on finish; and cannot begin after it", async () => {
    const { tasks, clock } = make();
    const body = deferred<void>();
    const periodic = tasks.every({ name: "sweep", intervalMs: 100, overlap: "queue" }, () => body.promise);
    await clock.advance(250);
    const ended = tasks.shutdown({ drainMs: 1_000 });
    expect(periodic.isStopped).toBe(true);
    await clock.advance(200);
    body.resolve();
    expect(await ended).toMatchObject({ completed: 1, cancelled: 0 });
    expect(periodic.runs).toBe(1);
    expect(() => tasks.every({ name: "more", intervalMs: 1 }, never)).toThrow(TrackerClosedError);
  });

  test("and until then its timer keeps the process alive, also between runs", async () => {
    const { tasks, clock } = make();
    const periodic = tasks.every({ name: "sweep", intervalMs: 100 }, () => {});
    await clock.advance(150);
    expect(clock.pending.keptAlive).toBe(1);
    expect(tasks.stats().total.running).toBe(0);
    periodic.cancel();
    expect(clock.pending.keptAlive).toBe(0);
  });
});

test.each([
  [{ name: "a" }, /^intervalMs takes a finite number of milliseconds above 0, got undefined/],
  [{ name: "a", intervalMs: 0 }, /^intervalMs takes .* got 0/],
  [{ name: "a", intervalMs: Number.POSITIVE_INFINITY }, /^intervalMs takes a finite/],
  [{ name: "a", intervalMs: 1, overlap: "wait" }, /^overlap takes one of "skip", "queue", "allow"/],
  [{ name: "a", intervalMs: 1, immediate: 1 }, /^immediate takes true or false/],
  [{ name: "a", intervalMs: 1, detached: true }, /^detached takes no value: periodic runs are roots/],
  [{ name: "a", intervalMs: 1, interval: 1 }, /^interval takes no value: the option is unknown/],
  [{ intervalMs: 1 }, /^name takes a string/],
  ["a", /^options takes an object with a name and an interval/],
])("refuses %o", (options, message) => {
  const { tasks, clock } = make();
  expect(() => tasks.every(options as never, () => {})).toThrow(message);
  expect(clock.pending.keptAlive).toBe(0);
});
