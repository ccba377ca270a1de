import { pbkdf2Sync } from "node:crypto";
import type { Worker } from "node:worker_threads";
import { afterEach, describe, expect, test } from "vitest";
import { createTracker, currentTask } from "taskscope";
import type { BlockedEvent, Plugin } from "taskscope";
import { blockedLoop } from "taskscope/forensics";
import { block, watch } from "./support.ts";
import type { Watched } from "./support.ts";

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
let watched: Watched[] = [];

async function start(...given: Parameters<typeof watch>): Promise<Watched> {
  const made = await watch(...given);
  watched.push(made);
  return made;
}

afterEach(async () => {
  await Promise.all(watched.map(({ tasks }) => tasks.shutdown()));
  watched = [];
});

describe("a task that holds the event loop", () => {
  test("is named, with the length of the block and the stack of where it was", async () => {
    const { tasks, events, eventOf, seconds, warnings } = await start();
    const event = await eventOf(
      "hold",
      tasks.wrap({ name: "hold", type: "cpu" }, () => block(300)),
    );
    expect(event).toMatchObject({ kind: "blocked", type: "cpu", attempt: 1 });
    expect(event.id).toBeGreaterThan(0);
    expect(event.stack).toMatch(/^at block \(.*support\.ts:\d+:\d+\)$/m);
    const told = events.filter(({ name }) => name === "hold");
    const toldMs = told.reduce((sumMs, { blockedMs }) => sumMs + blockedMs, 0);
    expect(toldMs).toBeGreaterThan(0);
    expect(await seconds("hold")).toBeCloseTo(toldMs / 1_000, 6);
    expect(warnings).toEqual([]);
  });

  test("is found after it has awaited something, and no other task that lives meanwhile", async () => {
    const { tasks, eventOf, seconds } = await start();
    const other = tasks.spawn(
      "other",
      ({ signal }) =>
        new Promise((_, reject) => {
          signal.addEventListener("abort", () => reject(signal.reason as Error));
        }),
    );
    const event = await eventOf("hold", () =>
      tasks.run("hold", async () => {
        await turn();
        block(300);
      }),
    );
    expect(event.blockedMs).toBeGreaterThan(0);
    other.cancel();
    expect(await seconds("other")).toBeUndefined();
  });

  test("is found where native code holds it", async () => {
    const { tasks, eventOf } = await start();
    const hash = tasks.wrap({ name: "hash" }, () => {
      for (const endMs = performance.now() + 300; performance.now() < endMs;)
        pbkdf2Sync("password", "salt", 400_000, 32, "sha1");
    });
    expect((await eventOf("hash", hash)).stack).toContain("blocked-loop.test.ts:");
  });

  test("shares the block with others that ran in it", async () => {
    const { tasks, events, eventOf } = await start();
    const hold = (name: string): Promise<void> =>
      tasks.run(name, async () => {
        await null;
        block(300);
      });
    const holdBoth = (): Promise<unknown> => Promise.all([hold("first"), hold("second")]);
    let sharers: BlockedEvent[];
    // On a busy machine one of the two may be missed in a block, and then the other one in the next.
    do {
      const first = await eventOf("first", holdBoth);
      const last = events.findLast(({ name }) => name === "first") ?? first;
      // They start one right after the other.
      sharers = events.filter(({ name, id }) => id === last.id || (name === "second" && id === last.id + 1));
    } while (sharers.length < 2);
    expect(sharers.map(({ name }) => name)).toEqual(["first", "second"]);
    for (const { blockedMs } of sharers) expect(blockedMs).toBeGreaterThan(0);
  });

  test("keeps its value, its error and its context", async () => {
    const { tasks, eventOf } = await start();
    const value = {};
    const error = new Error("as it is");
    await eventOf("held", async () => {
      const held = tasks.run("held", async (): Promise<object> => {
        block(300);
        expect(currentTask()?.task.name).toBe("held");
        await turn();
        expect(currentTask()?.task.name).toBe("held");
        return value;
      });
      expect(await held).toBe(value);
    });
    await eventOf("fails", async () => {
      const failing = tasks.run("fails", () => {
        block(300);
        throw error;
      });
      await expect(failing).rejects.toBe(error);
    });
  });

  test("has the span that it had, though it has ended when the event is published", async () => {
    const trace = { traceId: "a".repeat(32), spanId: "b".repeat(16), traceFlags: 1 };
    const spans: Plugin = {
      name: "spans",
      setup(context) {
        const live = new Set<number>();
        context.onStart(({ id }) => void live.add(id));
        context.onEnd(({ id }) => void live.delete(id));
        context.provideTrace(({ id }) => (live.has(id) ? trace : undefined));
      },
    };
    const { tasks, eventOf } = await start({}, { plugins: [spans] });
    const event = await eventOf(
      "hold",
      tasks.wrap({ name: "hold" }, () => block(300)),
    );
    expect(event.trace).toEqual(trace);
  });

  test("leaves no stack in the event when none is wanted", async () => {
    const { tasks, eventOf } = await start({ stacks: false });
    const event = await eventOf(
      "hold",
      tasks.wrap({ name: "hold" }, () => block(300)),
    );
    expect(event.stack).toBeUndefined();
  });
});

describe("a block", () => {
  test("below the threshold is told to nobody, and the values that are about no task stand at 0", async () => {
    const patient = await start({ thresholdMs: 3_600_000 });
    const { tasks, eventOf, seconds } = await start();
    await eventOf(
      "hold",
      patient.tasks.wrap({ name: "of-the-patient" }, () => {
        tasks.wrap({ name: "hold" }, () => block(300))();
      }),
    );
    patient.tasks.wrap({ name: "hold-too" }, () => block(300))();
    await tasks.run("turn", turn);
    expect(patient.events).toEqual([]);
    expect(await seconds("hold-too")).toBeUndefined();
    expect([await patient.seconds("__none__"), await patient.seconds("__unknown__")]).toEqual([0, 0]);
  });

  test("by no task is about none, with a stack all the same", async () => {
    const { eventOf } = await start();
    const event = await eventOf("__none__", () => block(300));
    expect(event).toMatchObject({ id: 0, type: "", attempt: 0, trace: undefined });
    expect(event.stack).toContain("at block (");
  });

  test("is told to the tracker of its task, and counted by no other", async () => {
    const [first, second] = [await start(), await start()];
    await second.eventOf(
      "hold",
      second.tasks.wrap({ name: "hold" }, () => block(300)),
    );
    expect(await first.seconds("hold")).toBeUndefined();
    expect(first.events.filter(({ name }) => name === "hold")).toEqual([]);
  });

  test("of a task that no watched tracker knows is nobody's", async () => {
    const { eventOf } = await start();
    const without = createTracker();
    await eventOf(
      "__none__",
      without.wrap({ name: "hold" }, () => block(300)),
    );
    await without.shutdown();
  });

  test("in a task whose tracker carries no context is nobody's", async () => {
    const { tasks, eventOf } = await start({}, { context: false });
    await eventOf(
      "__none__",
      tasks.wrap({ name: "hold" }, () => block(300)),
    );
  });
});

test("trackers share one thread, which goes with the last of them", async () => {
  const made: Worker[] = [];
  const listener = (worker: Worker): void => void made.push(worker);
  process.on("worker", listener);
  const first = createTracker({ plugins: [blockedLoop()] });
  const second = createTracker({ plugins: [blockedLoop({ thresholdMs: 50 })] });
  await Promise.all([first.ready, second.ready]);
  expect(made).toHaveLength(1);
  await first.shutdown();
  expect(made[0]?.threadId).toBeGreaterThan(0);
  await second.shutdown();
  expect(made[0]?.threadId).toBe(-1);
  const remove = createTracker().use(blockedLoop());
  await remove();
  expect(made.map(({ threadId }) => threadId)).toEqual([-1, -1]);
  process.off("worker", listener);
});
