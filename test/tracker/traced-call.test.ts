import { AsyncLocalStorage } from "node:async_hooks";
import { channel, tracingChannel } from "node:diagnostics_channel";
import { afterEach, describe, expect, test } from "vitest";
import { currentTask } from "taskscope";
import type { TaskTrace, Tracker } from "taskscope";
import { makeTracker } from "../events/support.ts";
import { deferred, turn } from "./support.ts";

const undo: (() => void)[] = [];
afterEach(() => {
  for (const each of undo.splice(0)) each();
});

const steps = ["start", "end", "asyncStart", "asyncEnd", "error"] as const;
type Step = (typeof steps)[number];

/** Notes each step of each trace, with the object it came with. */
function onTraces(chosen: readonly Step[] = steps) {
  const notes: string[] = [];
  const traces: TaskTrace[] = [];
  const tracing = tracingChannel<unknown, TaskTrace>("taskscope:task");
  for (const step of chosen) {
    const listener = (message: unknown): void => {
      const trace = message as TaskTrace;
      notes.push(`${step} ${trace.name}`);
      traces.push(trace);
    };
    tracing[step].subscribe(listener);
    undo.push(() => tracing[step].unsubscribe(listener));
  }
  return { notes, traces };
}

describe("the tracing channel", () => {
  test("of a synchronous body: start and end, with one object", () => {
    const { tasks } = makeTracker();
    const { notes, traces } = onTraces();
    expect(tasks.wrap({ name: "work", type: "t" }, () => 7)()).toBe(7);
    expect(notes).toEqual(["start work", "end work"]);
    expect(new Set(traces).size).toBe(1);
    expect(traces[0]).toMatchObject({ name: "work", type: "t", attempt: 1, managed: false, result: 7 });
  });

  test("of a body that throws: start, error, end, and the error stays what it is", () => {
    const { tasks } = makeTracker();
    const { notes, traces } = onTraces();
    const error = new Error("own");
    const fails = tasks.wrap("fails", () => {
      throw error;
    });
    expect(fails).toThrow(error);
    expect(notes).toEqual(["start fails", "error fails", "end fails"]);
    expect(traces[0]?.error).toBe(error);
  });

  test.each([
    ["wrapped", (tasks: Tracker, body: () => Promise<number>) => tasks.wrap("work", body)()],
    ["run", (tasks: Tracker, body: () => Promise<number>) => tasks.run("work", body)],
    ["spawned", (tasks: Tracker, body: () => Promise<number>) => tasks.spawn("work", body).result],
  ])("of a promise that is %s: the asynchronous steps come before its caller goes on", async (_, call) => {
    const { tasks } = makeTracker();
    const { notes, traces } = onTraces();
    const gate = deferred<number>();
    const settled = call(tasks, () => gate.promise).then((value) => notes.push(`caller ${value}`));
    await turn();
    expect(notes).toEqual(["start work", "end work"]);
    gate.resolve(3);
    await settled;
    expect(notes).toEqual(["start work", "end work", "asyncStart work", "asyncEnd work", "caller 3"]);
    expect(new Set(traces).size).toBe(1);
    expect(traces[0]?.result).toBe(3);
  });

  test("of a rejection: error, asyncStart, asyncEnd; the caller gets the same error", async () => {
    const { tasks } = makeTracker();
    const { notes, traces } = onTraces();
    const error = new Error("own");
    await expect(tasks.wrap("fails", async () => Promise.reject(error))()).rejects.toBe(error);
    expect(notes).toEqual(["start fails", "end fails", "error fails", "asyncStart fails", "asyncEnd fails"]);
    expect(traces[0]?.error).toBe(error);
  });

  test("of a thenable: its then is read and called once", async () => {
    const { tasks } = makeTracker();
    const { notes } = onTraces();
    let reads = 0;
    let calls = 0;
    // oxlint-disable-next-line unicorn/no-thenable -- thenables are what this is about
    const thenable = Object.defineProperty({}, "then", {
      get() {
        reads += 1;
        return (resolve: (value: string) => void) => {
          calls += 1;
          resolve("value");
        };
      },
    });
    expect(await tasks.wrap("query", () => thenable)()).toBe("value");
    expect({ reads, calls }).toEqual({ reads: 1, calls: 1 });
    expect(notes).toEqual(["start query", "end query", "asyncStart query", "asyncEnd query"]);
  });

  test("of an async generator: each step by itself", async () => {
    const { tasks } = makeTracker();
    const { notes, traces } = onTraces(["start", "asyncEnd"]);
    const count = tasks.wrap("count", async function* () {
      yield 1;
      yield 2;
    });
    for await (const _ of count());
    expect(notes).toEqual(Array.from({ length: 3 }, () => ["start count", "asyncEnd count"]).flat());
    expect(new Set(traces).size).toBe(3);
  });

  test("of a body that settles after its task has ended", async () => {
    const { tasks, clock } = makeTracker();
    const { notes } = onTraces(["asyncEnd"]);
    const gate = deferred<void>();
    await Promise.all([
      tasks.run({ name: "slow", timeoutMs: 10 }, () => gate.promise).catch(() => notes.push("caller")),
      clock.advance(10),
    ]);
    expect(notes).toEqual(["caller"]);
    gate.resolve();
    await turn();
    expect(notes).toEqual(["caller", "asyncEnd slow"]);
  });

  test.each(steps)("needs no more than one subscriber, of %s alone", async (step) => {
    const { tasks } = makeTracker();
    const { notes } = onTraces([step]);
    const work = tasks.wrap("work", async (fails: boolean) => {
      if (fails) throw new Error("own");
    });
    await work(false);
    await work(true).catch(() => {});
    expect(notes).toEqual(step === "error" ? ["error work"] : [`${step} work`, `${step} work`]);
  });

  test("tracingChannel().subscribe hears all steps", async () => {
    const { tasks } = makeTracker();
    const heard: string[] = [];
    const note = (step: Step) => (): void => void heard.push(step);
    const handlers = {
      start: note("start"),
      end: note("end"),
      asyncStart: note("asyncStart"),
      asyncEnd: note("asyncEnd"),
      error: note("error"),
    };
    const tracing = tracingChannel<unknown, TaskTrace>("taskscope:task");
    tracing.subscribe(handlers);
    undo.push(() => tracing.unsubscribe(handlers));
    await tasks.wrap("work", async () => {})();
    expect(heard).toEqual(["start", "end", "asyncStart", "asyncEnd"]);
  });

  test("stores bound to start are current in the body and after its awaits, and only there", async () => {
    const { tasks } = makeTracker();
    const storage = new AsyncLocalStorage<string>();
    const start = channel("tracing:taskscope:task:start");
    start.bindStore(storage, (trace) => `span of ${(trace as TaskTrace).name}`);
    undo.push(() => void start.unbindStore(storage));
    const seen: (string | undefined)[] = [];
    const inner = tasks.wrap("inner", async () => {
      seen.push(storage.getStore());
      await null;
      seen.push(storage.getStore());
    });
    await tasks.run("outer", async () => {
      seen.push(storage.getStore());
      await inner();
      seen.push(storage.getStore());
    });
    expect(seen).toEqual(["span of outer", "span of inner", "span of inner", "span of outer"]);
    expect(storage.getStore()).toBeUndefined();
  });

  test("the task is current where its start is heard", () => {
    const { tasks } = makeTracker();
    const current: (number | undefined)[] = [];
    const tracing = tracingChannel<unknown, TaskTrace>("taskscope:task");
    const listener = (message: unknown): void => {
      current.push(currentTask()?.task.id, (message as TaskTrace).id);
    };
    tracing.start.subscribe(listener);
    undo.push(() => tracing.start.unsubscribe(listener));
    tasks.wrap("work", () => 1)();
    expect(current[0]).toBe(current[1]);
  });

  test("leaves `this`, arguments, plain values and plain promises as they are", async () => {
    const { tasks } = makeTracker({ context: false });
    onTraces();
    const self = {
      method: tasks.wrap("method", function (this: unknown, ...args: number[]) {
        return [this, ...args];
      }),
    };
    expect(self.method(1, 2)).toEqual([self, 1, 2]);
    const returned = tasks.wrap("promise", async () => 1)();
    expect(returned.constructor).toBe(Promise);
    expect(await returned).toBe(1);
  });
});
