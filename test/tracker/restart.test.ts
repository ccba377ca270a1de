import { AsyncLocalStorage } from "node:async_hooks";
import { describe, expect, test } from "vitest";
import { createTracker, fixed, TaskCancelledError, TaskTimeoutError } from "taskscope";
import type { Plugin, RestartPolicy, TrackerOptions } from "taskscope";
import { ManualClock } from "taskscope/testing";
import { balanced, deferred, metricReader, turn } from "./support.ts";

function make(options: TrackerOptions = {}) {
  const clock = new ManualClock();
  return { clock, tasks: createTracker({ clock, ...options }) };
}

const after = (delayMs: number, more: RestartPolicy = {}): RestartPolicy => ({
  backoff: fixed({ delayMs, jitter: "none" }),
  ...more,
});

test("giving up is an event, an event of the span and a count, and the task fails with its last error", async () => {
  const marks: unknown[] = [];
  const marker: Plugin = {
    name: "marker",
    setup: (given) => given.onEvent((_, { name, attributes }) => marks.push([name, attributes])),
  };
  const { reader, samples } = metricReader();
  const { tasks, clock } = make({ plugins: [marker, reader] });
  const events: unknown[] = [];
  tasks.subscribe({ name: "test" }, (event) => {
    events.push(event.kind === "gave-up" ? [event.kind, event.attempt, event.restarts] : event.kind);
  });
  const task = tasks.spawn({ name: "flaky", restart: after(10, { maxRestarts: 1 }) }, () =>
    Promise.reject(new Error("no")),
  );
  await clock.advance(100);
  expect(await task.outcome).toMatchObject({ status: "failed", attempts: 2 });
  expect(events.slice(-2)).toEqual([["gave-up", 2, 1], "failed"]);
  expect(marks).toContainEqual(["task.gave_up", { "task.restarts": 1 }]);
  expect(samples("task_give_ups_total").map(({ value }) => value)).toEqual([1]);
});

describe("a restart", () => {
  test("follows a failure after its backoff, queued meanwhile", async () => {
    const { tasks, clock } = make();
    let calls = 0;
    const handle = tasks.spawn({ name: "flaky", restart: after(100) }, () => {
      calls += 1;
      if (calls < 3) throw new Error(`no ${calls}`);
      return "yes";
    });
    await turn();
    expect(calls).toBe(1);
    expect(handle).toMatchObject({ state: "queued", attempt: 1 });
    expect(tasks.list()).toMatchObject([{ state: "queued", waitingFor: "backoff" }]);
    expect(tasks.stats().total).toMatchObject({ queued: 1, running: 0, failed: 0 });
    balanced(tasks);
    await clock.advance(99);
    expect(calls).toBe(1);
    await clock.advance(1);
    expect(calls).toBe(2);
    await clock.advance(100);
    expect(await handle.outcome).toMatchObject({ status: "completed", value: "yes", attempts: 3 });
    expect(tasks.stats().total).toMatchObject({ spawned: 1, completed: 1, failed: 0, restarted: 2 });
    balanced(tasks);
  });

  test("is not made beyond maxRestarts: the task fails with the last error", async () => {
    const { tasks, clock } = make();
    let calls = 0;
    const result = tasks
      .run({ name: "bad", restart: after(10, { maxRestarts: 2 }) }, () => {
        calls += 1;
        throw new Error(`no ${calls}`);
      })
      .catch((error: unknown) => error);
    await clock.advance(1_000);
    expect(await result).toMatchObject({ message: "no 3" });
    expect(calls).toBe(3);
    expect(tasks.stats().total).toMatchObject({ failed: 1, restarted: 2 });
  });

  test.each([
    ["never", "throws", 1],
    ["never", "gives", 1],
    ["on-failure", "throws", 3],
    ["on-failure", "gives", 1],
    ["always", "throws", 3],
    ["always", "gives", 3],
  ] as const)("when %s and the body %s, makes %d attempts", async (when, does, attempts) => {
    const { tasks, clock } = make();
    const handle = tasks.spawn({ name: "t", restart: after(10, { when, maxRestarts: 2 }) }, () => {
      if (does === "throws") throw new Error("no");
      return 1;
    });
    await clock.advance(1_000);
    expect(await handle.outcome).toMatchObject({
      status: does === "throws" ? "failed" : "completed",
      attempts,
    });
  });

  test("is asked of a predicate, with the error and the attempt; one that throws says no", async () => {
    const { tasks, clock } = make();
    const asked: unknown[][] = [];
    const error = new Error("no");
    const handle = tasks.spawn(
      {
        name: "asks",
        restart: after(10, {
          when: (...args) => {
            asked.push(args);
            return args[1] < 2;
          },
        }),
      },
      () => Promise.reject(error),
    );
    await clock.advance(100);
    expect(await handle.outcome).toMatchObject({ status: "failed", attempts: 2 });
    expect(asked).toEqual([
      [error, 1],
      [error, 2],
    ]);
    const rude = tasks.spawn(
      {
        name: "rude",
        restart: after(10, {
          when: () => {
            throw new Error("predicate");
          },
        }),
      },
      () => Promise.reject(error),
    );
    await clock.advance(100);
    expect(await rude.outcome).toMatchObject({ status: "failed", attempts: 1, error });
  });

  test("after a timeout waits for the old body, or for its grace", async () => {
    const { tasks, clock } = make();
    const bodies = [deferred<string>(), deferred<string>(), deferred<string>()];
    const signals: AbortSignal[] = [];
    const handle = tasks.spawn(
      { name: "slow", timeoutMs: 100, cancelGraceMs: 1_000, restart: after(10) },
      ({ signal }) => {
        signals.push(signal);
        return bodies[signals.length - 1]?.promise;
      },
    );
    await turn();
    await clock.advance(100);
    expect(handle.state).toBe("queued");
    expect(signals[0]?.reason).toBeInstanceOf(TaskTimeoutError);
    await clock.advance(500);
    expect(signals).toHaveLength(1);
    bodies[0]?.reject(new Error("late"));
    await turn();
    expect(signals).toHaveLength(2);
    expect(signals[1]?.aborted).toBe(false);
    // The second body never settles: the third attempt comes when its grace is over.
    await clock.advance(100);
    await clock.advance(999);
    expect(signals).toHaveLength(2);
    await clock.advance(1);
    expect(signals).toHaveLength(3);
    expect(tasks.stats().total).toMatchObject({ unresponsive: 1, running: 1 });
    bodies[2]?.resolve("third");
    expect(await handle.outcome).toMatchObject({ status: "completed", value: "third", attempts: 3 });
    bodies[1]?.resolve("much too late");
    await turn();
    expect(tasks.stats().total).toMatchObject({ unresponsive: 0, completed: 1 });
    balanced(tasks);
  });

  test("an old body's context keeps its own signal", async () => {
    const { tasks, clock } = make();
    let oldSignalLater: (() => AbortSignal) | undefined;
    let calls = 0;
    const handle = tasks.spawn(
      { name: "t", timeoutMs: 100, cancelGraceMs: 10, restart: after(10) },
      (context) => {
        calls += 1;
        if (calls === 2) return "done";
        oldSignalLater = () => context.signal;
        return new Promise<string>(() => {});
      },
    );
    await turn();
    await clock.advance(200);
    expect(await handle.result).toBe("done");
    expect(oldSignalLater?.().aborted).toBe(true);
  });

  test("can be cancelled in its backoff", async () => {
    const { tasks, clock } = make();
    let calls = 0;
    const handle = tasks.spawn({ name: "t", restart: after(1_000) }, () => {
      calls += 1;
      throw new Error("no");
    });
    await clock.advance(10);
    expect(clock.pending.keptAlive).toBe(1);
    expect(handle.cancel("stop")).toBe(true);
    await clock.advance(10_000);
    expect(calls).toBe(1);
    expect(await handle.outcome).toMatchObject({ status: "cancelled", attempts: 1, durationMs: 0 });
    expect(clock.pending.keptAlive).toBe(0);
    await expect(handle.result).rejects.toBeInstanceOf(TaskCancelledError);
    balanced(tasks);
  });

  test("a healthy attempt resets the count", async () => {
    const { tasks, clock } = make();
    let calls = 0;
    const handle = tasks.spawn(
      { name: "t", restart: after(10, { maxRestarts: 1, resetAfterMs: 500 }) },
      async () => {
        calls += 1;
        const runMs = calls <= 3 ? 600 : 1;
        await new Promise<void>((resolve) => void clock.setTimer(resolve, runMs, false));
        throw new Error(`no ${calls}`);
      },
    );
    await clock.advance(5_000);
    expect(calls).toBe(4);
    expect(await handle.outcome).toMatchObject({ status: "failed", attempts: 4 });
  });

  test("gives its slot back while it waits, and asks for it again", async () => {
    const { tasks, clock } = make({ limits: { maxRunning: 1 } });
    let calls = 0;
    const flaky = tasks.spawn({ name: "flaky", restart: after(100) }, () => {
      calls += 1;
      if (calls === 1) throw new Error("no");
    });
    await turn();
    const hold = deferred<void>();
    const other = tasks.spawn("other", () => hold.promise);
    await turn();
    expect([flaky.state, other.state]).toEqual(["queued", "running"]);
    await clock.advance(100);
    expect(calls).toBe(1);
    expect(tasks.list({ name: "flaky" })).toMatchObject([{ waitingFor: "slot" }]);
    hold.resolve();
    await turn();
    expect(calls).toBe(2);
    expect(flaky.state).toBe("completed");
  });

  test("durations add up over attempts, without waits", async () => {
    const { tasks, clock } = make();
    let calls = 0;
    const handle = tasks.spawn({ name: "t", restart: after(1_000) }, async () => {
      calls += 1;
      await new Promise<void>((resolve) => void clock.setTimer(resolve, 200, false));
      if (calls < 3) throw new Error("no");
    });
    await clock.advance(10_000);
    expect(await handle.outcome).toMatchObject({ durationMs: 600, queuedMs: 2_000, attempts: 3 });
    expect(tasks.list()).toMatchObject([{ durationMs: 600 }]);
  });

  test("runs in the async context of whoever asked for the task", async () => {
    const { tasks, clock } = make();
    const store = new AsyncLocalStorage<string>();
    const seen: (string | undefined)[] = [];
    store.run("asker", () =>
      tasks.spawn({ name: "t", restart: after(10, { maxRestarts: 1 }) }, () => {
        seen.push(store.getStore());
        throw new Error("no");
      }),
    );
    await clock.advance(100);
    expect(seen).toEqual(["asker", "asker"]);
  });

  test("is not made once the tracker closes", async () => {
    const { tasks, clock } = make();
    const hold = deferred<void>();
    const handle = tasks.spawn({ name: "t", restart: after(10) }, () => hold.promise);
    await turn();
    const ended = tasks.shutdown({ drainMs: 1_000, graceMs: 0 });
    hold.reject(new Error("no"));
    await clock.advance(1_000);
    await ended;
    expect(await handle.outcome).toMatchObject({ status: "failed", attempts: 1 });
  });

  test("a backoff of the user's that gives nonsense waits a second", async () => {
    const { tasks, clock } = make();
    let calls = 0;
    const restart = { backoff: { delayMs: () => Number.NaN }, maxRestarts: 1 };
    tasks.spawn({ name: "t", restart }, () => {
      calls += 1;
      throw new Error("no");
    });
    await clock.advance(999);
    expect(calls).toBe(1);
    await clock.advance(1);
    expect(calls).toBe(2);
  });
});

test("a stopped body starts nothing, though a body of an earlier attempt has settled meanwhile", async () => {
  const { tasks, clock } = make();
  const bodies = [deferred<void>(), deferred<void>()];
  let startChild: (() => Promise<unknown>) | undefined;
  let calls = 0;
  void tasks
    .run(
      { name: "t", timeoutMs: 1_000, cancelGraceMs: 1_100, restart: after(1_180, { maxRestarts: 1 }) },
      ({ run }) => {
        startChild = () => run("child", () => "ran");
        return bodies[calls++]?.promise;
      },
    )
    .catch(() => undefined);
  await clock.advance(3_200);
  expect(tasks.stats().total).toMatchObject({ failed: 1, running: 0 });
  bodies[0]?.resolve();
  await turn();
  await expect(startChild?.()).rejects.toMatchObject({ cancelledBy: "parent" });
});

describe("the total timeout", () => {
  test("ends all attempts and waits together", async () => {
    const { tasks, clock } = make();
    let calls = 0;
    const result = tasks
      .run({ name: "t", totalTimeoutMs: 250, restart: after(100, { maxRestarts: Infinity }) }, () => {
        calls += 1;
        throw new Error("no");
      })
      .catch((error: unknown) => error);
    await clock.advance(250);
    expect(await result).toMatchObject({ code: "TASKSCOPE_TIMEOUT", timeoutMs: 250 });
    expect(calls).toBe(3);
    await clock.advance(1_000);
    expect(calls).toBe(3);
    expect(tasks.list()).toMatchObject([{ state: "failed", errorType: "timeout" }]);
    balanced(tasks);
  });

  test("counts the wait for a slot", async () => {
    const { tasks, clock } = make({ limits: { maxRunning: 1 } });
    void tasks.run("holds", () => new Promise(() => {}));
    const result = tasks.run({ name: "waits", totalTimeoutMs: 50 }, () => 1).catch((error: unknown) => error);
    await clock.advance(50);
    expect(await result).toBeInstanceOf(TaskTimeoutError);
    expect(tasks.stats().total).toMatchObject({ queued: 0, failed: 1, running: 1 });
    balanced(tasks);
  });
});
