import { describe, expect, test } from "vitest";
import { createTracker } from "taskscope";
import type { HookEvent, LifecycleEvent, OpenTask, Plugin, Tracker, TrackerOptions } from "taskscope";
import { ManualClock } from "taskscope/testing";
import { balanced, turn } from "./support.ts";

function make(options: TrackerOptions = {}) {
  const clock = new ManualClock({ nowMs: 1_000 });
  return { clock, tasks: createTracker({ clock, ...options }) };
}

function infoOf(tasks: Tracker, { id }: OpenTask) {
  return tasks.list().find((info) => info.id === id);
}

describe("an open task", () => {
  test("is queued until it is started, and ends when its owner says so", async () => {
    const { tasks, clock } = make();
    const upload = tasks.open<number>({ name: "upload", type: "network" });
    expect(upload).toMatchObject({ name: "upload", type: "network", state: "queued", attempt: 0 });
    expect(tasks.stats().total).toMatchObject({ spawned: 1, queued: 1 });
    await clock.advance(30);
    expect(upload.start()).toBe(true);
    expect(upload.start()).toBe(false);
    expect(upload.state).toBe("running");
    await clock.advance(70);
    expect(upload.complete(12)).toBe(true);
    expect(await upload.result).toBe(12);
    expect(await upload.outcome).toEqual({
      status: "completed",
      value: 12,
      attempts: 1,
      durationMs: 70,
      queuedMs: 30,
    });
    expect(infoOf(tasks, upload)).toMatchObject({ managed: false, state: "completed" });
    balanced(tasks);
  });

  test.each([
    ["complete", (task: OpenTask): boolean => task.complete(1), "completed"],
    ["fail", (task: OpenTask): boolean => task.fail(new Error("no")), "failed"],
    ["cancel", (task: OpenTask): boolean => task.cancel("why"), "cancelled"],
  ])("is ended once by %s: later endings give false and change nothing", async (_, end, state) => {
    const { tasks } = make();
    const task = tasks.open("upload");
    task.start();
    expect(end(task)).toBe(true);
    expect([task.complete(2), task.fail(new Error("late")), task.cancel(), task.start()]).toEqual(
      Array.from({ length: 4 }, () => false),
    );
    expect(task.state).toBe(state);
    expect((await task.outcome).status).toBe(state);
    expect(tasks.stats().total).toMatchObject({ completed: 0, failed: 0, cancelled: 0, [state]: 1 });
    balanced(tasks);
  });

  test("that was never started is started by complete and fail, for what is queued can only be cancelled", async () => {
    const { tasks } = make();
    const [completed, failed, cancelled] = ["a", "b", "c"].map((name) => tasks.open(name));
    completed?.complete("v");
    failed?.fail(new TypeError("t"));
    cancelled?.cancel("why");
    expect(await completed?.outcome).toMatchObject({ status: "completed", attempts: 1 });
    expect(await failed?.outcome).toMatchObject({ status: "failed", errorType: "TypeError", attempts: 1 });
    expect(await cancelled?.outcome).toMatchObject({
      status: "cancelled",
      cancelledBy: "request",
      reason: "why",
      attempts: 0,
    });
    balanced(tasks);
  });

  test("never causes an unhandled rejection, and rejects its result with the very error", async () => {
    const { tasks } = make();
    const task = tasks.open("upload");
    const error = new Error("no");
    task.fail(error);
    await turn();
    await expect(task.result).rejects.toBe(error);
  });

  test("that somebody else cancels is asked through its signal, and counts as cancelled when it answers", async () => {
    const { tasks } = make();
    const task = tasks.open("upload");
    task.start();
    expect(tasks.cancel(task.id, "why")).toBe(true);
    expect(task.state).toBe("running");
    expect(task.signal).toMatchObject({ aborted: true, reason: { cause: "why" } });
    expect(task.fail(task.signal.reason)).toBe(true);
    expect(await task.outcome).toMatchObject({ status: "cancelled", reason: "why" });
  });

  test("that its owner cancels after it was asked names who asked", async () => {
    const { tasks, clock } = make();
    const task = tasks.open("upload");
    task.start();
    const ended = tasks.shutdown({ drainMs: 10, graceMs: 100 });
    await clock.advance(10);
    expect(task.signal.aborted).toBe(true);
    task.cancel();
    expect(await task.outcome).toMatchObject({ status: "cancelled", cancelledBy: "shutdown" });
    expect(await ended).toMatchObject({ cancelled: 1, unresponsive: [] });
  });

  test("that nobody started ends at once when somebody cancels it", async () => {
    const { tasks } = make();
    const task = tasks.open("upload");
    expect(tasks.cancelWhere({ name: "upload" }, "why")).toBe(1);
    expect(task.state).toBe("cancelled");
    expect(task.start()).toBe(false);
    expect(await task.outcome).toMatchObject({ status: "cancelled", reason: "why" });
    balanced(tasks);
  });

  test("is a child of the task it was opened in, a parent for others, and ended by disposal", async () => {
    const { tasks } = make();
    await tasks.run("request", async ({ task: request }) => {
      const upload = tasks.open("upload");
      expect(upload.parentId).toBe(request.id);
      upload.start();
      const part = tasks.spawn({ name: "part", parent: upload }, () => new Promise(() => {}));
      expect(part.parentId).toBe(upload.id);
      await upload[Symbol.asyncDispose]();
      expect(upload.state).toBe("cancelled");
      expect(part.state).toBe("cancelled");
    });
    balanced(tasks);
  });

  test("has a plain handle too: the one that get gives only asks", () => {
    const { tasks } = make();
    const task = tasks.open("upload");
    task.start();
    expect(tasks.get(task.id)?.cancel()).toBe(true);
    expect(task.state).toBe("running");
    task.complete();
  });

  test("takes attributes while it lives, and refuses policy", () => {
    const { tasks } = make();
    const task = tasks.open({ name: "upload", attributes: { size: 5 } });
    task.setAttribute("part", 2);
    task.complete();
    task.setAttribute("late", true);
    expect(infoOf(tasks, task)?.attributes).toEqual({ size: 5, part: 2 });
    expect(() => tasks.open({ name: "upload", timeoutMs: 5 } as never)).toThrow(/^timeoutMs takes no value/);
  });
});

describe("progress, heartbeats and events", () => {
  function listening() {
    const heard: [string, HookEvent][] = [];
    const plugin: Plugin = {
      name: "listening",
      setup: (context) => context.onEvent((task, event) => heard.push([task.name, event])),
    };
    return { heard, ...make({ plugins: [plugin] }) };
  }

  test("of a body show in lists, and reach plugins", async () => {
    const { tasks, clock, heard } = listening();
    await tasks.run("import", async ({ progress, heartbeat, addEvent, task }) => {
      const info = () => tasks.list().find(({ id }) => id === task.id);
      expect(info()).toMatchObject({ progress: undefined, lastHeartbeatAtMs: undefined });
      await clock.advance(5);
      progress(3, 10);
      expect(info()).toMatchObject({
        progress: { done: 3, total: 10 },
        lastHeartbeatAtMs: clock.epochMs(),
      });
      await clock.advance(5);
      heartbeat();
      progress(4);
      addEvent("file.read", { path: "a.csv", rows: 12, missing: undefined });
      addEvent("done");
      expect(info()).toMatchObject({
        progress: { done: 4, total: undefined },
        lastHeartbeatAtMs: clock.epochMs(),
      });
    });
    expect(heard).toEqual([
      [
        "import",
        { name: "task.progress", attributes: { "task.progress.done": 3, "task.progress.total": 10 } },
      ],
      ["import", { name: "task.progress", attributes: { "task.progress.done": 4 } }],
      ["import", { name: "file.read", attributes: { path: "a.csv", rows: 12 } }],
      ["import", { name: "done", attributes: {} }],
    ]);
    expect(tasks.list({ name: "import" })).toMatchObject([{ progress: { done: 4, total: undefined } }]);
  });

  test("of an open task do too", () => {
    const { tasks, heard } = listening();
    const task = tasks.open("upload");
    task.start();
    task.progress(1, 2);
    task.addEvent("part", { number: 1 });
    task.heartbeat();
    expect(heard.map(([, { name }]) => name)).toEqual(["task.progress", "part"]);
    expect(infoOf(tasks, task)).toMatchObject({ progress: { done: 1, total: 2 } });
    task.complete();
  });

  test("are ignored after the end of the task, and from the body of an attempt that is over", async () => {
    const { tasks, clock, heard } = listening();
    const contexts: { progress: (done: number) => void; heartbeat: () => void }[] = [];
    const restart = { backoff: { delayMs: () => 1 }, maxRestarts: 1 };
    const handle = tasks.spawn({ name: "import", timeoutMs: 10, cancelGraceMs: 10, restart }, (context) => {
      contexts.push({ progress: context.progress, heartbeat: context.heartbeat });
      return new Promise(() => {});
    });
    await clock.advance(20);
    expect(handle.attempt).toBe(2);
    contexts[0]?.progress(1);
    contexts[0]?.heartbeat();
    expect(tasks.list({ name: "import" })).toMatchObject([{ lastHeartbeatAtMs: undefined }]);
    contexts[1]?.progress(2);
    handle.cancel();
    contexts[1]?.progress(3);
    expect(tasks.list({ name: "import" })).toMatchObject([{ progress: { done: 2 } }]);
    expect(heard.map(([, { name }]) => name)).toEqual(["task.progress", "task.cancel_requested"]);
  });

  test("progress is an event for subscribers", async () => {
    const { tasks } = make();
    const events: LifecycleEvent[] = [];
    tasks.subscribe({ name: "test" }, (event) => void events.push(event));
    await tasks.run("import", ({ progress }) => progress(1, 4));
    await tasks.shutdown();
    expect(events.find(({ kind }) => kind === "progress")).toMatchObject({
      name: "import",
      done: 1,
      total: 4,
    });
  });

  test("names and attributes of events are bounded", async () => {
    const { tasks, heard } = listening();
    const many = Object.fromEntries(Array.from({ length: 100 }, (_, index) => [`key-${index}`, index]));
    await tasks.run("import", ({ addEvent }) => {
      addEvent(`${"x".repeat(1_000)}\u0000`, { ...many, ["__proto__"]: "x" });
      addEvent("big", { text: "y".repeat(10_000_000) });
    });
    const [, first] = heard[0] ?? [];
    expect(first?.name).toHaveLength(128);
    expect(Object.keys(first?.attributes ?? {})).toHaveLength(32);
    expect(heard[1]?.[1].attributes["text"]).toHaveLength(1_024);
  });

  test("an event hook that throws is caught and counted", async () => {
    const warnings: string[] = [];
    const plugin: Plugin = {
      name: "rude",
      setup: (context) =>
        context.onEvent(() => {
          throw new Error("rude");
        }),
    };
    const { tasks } = make({ plugins: [plugin], diag: { warn: (message) => void warnings.push(message) } });
    await tasks.run("import", ({ addEvent }) => addEvent("e"));
    expect(warnings).toEqual(["Plugin rude threw in onEvent; tasks are not affected"]);
    expect(tasks.stats().total.completed).toBe(1);
  });

  test("amounts, names and attributes of another kind are refused", async () => {
    const { tasks } = make();
    await tasks.run("import", ({ progress, addEvent }) => {
      expect(() => progress(Number.NaN)).toThrow(/^done takes a finite number, 0 or more, got NaN/);
      expect(() => progress(1, -1)).toThrow(/^total takes a finite number/);
      expect(() => addEvent(5 as never)).toThrow(/^name takes a string/);
      expect(() => addEvent("e", { o: {} } as never)).toThrow(/^attributes\.o takes a string/);
    });
  });
});
