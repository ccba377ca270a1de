import { describe, expect, test } from "vitest";
import { createTracker } from "taskscope";
import type { HookEnd, HookTask, Plugin, PluginContext, TaskSlot } from "taskscope";
import { ManualClock, testPlugin } from "taskscope/testing";
import { turn } from "../tracker/support.ts";

/** A plugin that notes what it hears. */
function listening(notes: string[], name = "listening"): Plugin {
  return {
    name,
    setup(context) {
      context.onSpawn((task) =>
        notes.push(`${name}: spawn ${task.name} ${task.managed ? "managed" : "observed"}`),
      );
      context.onStart((task) => notes.push(`${name}: start ${task.name} ${task.attempt}`));
      context.aroundAttempt((task, runBody) => {
        notes.push(`${name}: before ${task.name}`);
        runBody();
        notes.push(`${name}: after ${task.name}`);
      });
      context.onEnd((task, end) =>
        notes.push(`${name}: end ${task.name} ${end.status} ${end.errorType ?? "-"}`),
      );
    },
  };
}

function make(plugins: readonly Plugin[], options = {}) {
  const clock = new ManualClock();
  const warnings: string[] = [];
  const diag = { warn: (message: string) => void warnings.push(message) };
  return { clock, warnings, tasks: createTracker({ clock, plugins, diag, ...options }) };
}

describe("hooks", () => {
  test("hear a task's life in order, nested by the order of plugins", async () => {
    const notes: string[] = [];
    const { tasks } = make([listening(notes, "one"), listening(notes, "two")]);
    await tasks.run("work", () => void notes.push("body"));
    expect(notes).toEqual([
      "one: spawn work managed",
      "two: spawn work managed",
      "one: start work 1",
      "two: start work 1",
      "one: before work",
      "two: before work",
      "body",
      "two: after work",
      "one: after work",
      "one: end work completed -",
      "two: end work completed -",
    ]);
  });

  test("are told how a task ended, and find the books balanced", async () => {
    const ends: HookEnd[] = [];
    const sums: boolean[] = [];
    let context: PluginContext | undefined;
    const check = (): void => {
      for (const { spawned, queued, running, completed, failed, cancelled } of context?.stats().series ??
        []) {
        sums.push(spawned === queued + running + completed + failed + cancelled);
      }
    };
    const { tasks, clock } = make([
      {
        name: "ends",
        setup(given) {
          context = given;
          context.onSpawn(check);
          context.onStart(check);
          context.onEnd((_, end) => {
            ends.push(end);
            check();
          });
        },
      },
    ]);
    const error = new TypeError("t");
    await tasks.run("fails", () => Promise.reject(error)).catch(() => undefined);
    const slow = tasks
      .run({ name: "slow", timeoutMs: 10 }, () => new Promise(() => {}))
      .catch(() => undefined);
    await clock.advance(10);
    await slow;
    tasks.spawn("cancelled", () => 1).cancel("r");
    expect(ends).toMatchObject([
      { status: "failed", error, errorType: "TypeError", durationMs: 0 },
      { status: "failed", errorType: "timeout", durationMs: 10 },
      { status: "cancelled", cancelledBy: "request", errorType: undefined },
    ]);
    expect(sums.length).toBeGreaterThan(8);
    expect(sums).not.toContain(false);
  });

  test("that throw are caught, counted and reported once a minute", async () => {
    const { tasks, warnings, clock } = make([
      {
        name: "rude",
        setup(context) {
          const rudely = (): never => {
            throw new Error("rude");
          };
          context.onSpawn(rudely);
          context.onStart(rudely);
          context.aroundAttempt(rudely);
          context.onEnd(rudely);
        },
      },
    ]);
    let runs = 0;
    for (let index = 0; index < 3; index += 1) await tasks.run("work", () => (runs += 1));
    expect(runs).toBe(3);
    expect(tasks.stats().total.completed).toBe(3);
    expect(warnings).toEqual(["Plugin rude threw in onSpawn; tasks are not affected"]);
    await clock.advance(60_000);
    await tasks.run("work", () => (runs += 1));
    expect(warnings).toHaveLength(2);
  });

  test.each([
    ["twice", (runBody: () => void): void => (runBody(), runBody())],
    ["not at all", (): void => {}],
    ["later", (runBody: () => void): void => queueMicrotask(runBody)],
    [
      "and then throws",
      (runBody: () => void): void => {
        runBody();
        throw new Error("after");
      },
    ],
  ])("around an attempt run the body exactly once, even when they call it %s", async (_, around) => {
    const { tasks } = make([
      { name: "p", setup: (context) => context.aroundAttempt((_task, run) => around(run)) },
    ]);
    let runs = 0;
    const work = tasks.wrap({ name: "work" }, () => {
      runs += 1;
      return "value";
    });
    expect(work()).toBe("value");
    await turn();
    expect(runs).toBe(1);
  });

  test("a diag that throws does not reach the task", async () => {
    const rude = {
      name: "rude",
      setup: (context: PluginContext) => context.onEnd(() => expect.fail("hook")),
    };
    const diag = { warn: () => expect.fail("diag") };
    const tasks = createTracker({ plugins: [rude], diag });
    expect(await tasks.run("work", () => 1)).toBe(1);
  });
});

describe("plugins", () => {
  test("are refused twice by the same name", () => {
    const notes: string[] = [];
    expect(() => make([listening(notes), listening(notes)])).toThrow(/plugins takes each plugin name once/);
  });

  test("pass on what their setup throws, and leave nothing behind", async () => {
    const notes: string[] = [];
    const { tasks } = make([]);
    const failing = {
      ...listening(notes),
      setup(context: PluginContext) {
        context.onSpawn(() => notes.push("left behind"));
        throw new Error("setup failed");
      },
    };
    expect(() => tasks.use(failing)).toThrow("setup failed");
    await tasks.run("work", () => 1);
    expect(notes).toEqual([]);
  });

  test("that were set up before one that fails are taken off again", async () => {
    const notes: string[] = [];
    const first: Plugin = { name: "first", setup: () => () => void notes.push("torn down") };
    const second: Plugin = {
      name: "second",
      setup: () => {
        throw new Error("second failed");
      },
    };
    expect(() => make([first, second])).toThrow("second failed");
    await turn();
    expect(notes).toEqual(["torn down"]);
  });

  test("are counted at 0 before they first throw", () => {
    let context: PluginContext | undefined;
    make([{ name: "calm", setup: (given) => void (context = given) }]);
    expect([...(context?.stats().pluginErrors ?? [])]).toEqual([["calm", 0]]);
  });

  test("start after set-up, and ready waits for them and passes on their failure", async () => {
    const notes: string[] = [];
    const starting = (name: string, error?: Error): Plugin => ({
      name,
      setup: () => void notes.push(`setup ${name}`),
      start: () => {
        notes.push(`start ${name}`);
        return error === undefined ? Promise.resolve() : Promise.reject(error);
      },
    });
    const { tasks } = make([starting("one"), starting("two", new Error("port in use"))]);
    await expect(tasks.ready).rejects.toThrow("port in use");
    expect(notes).toEqual(["setup one", "setup two", "start one", "start two"]);
  });

  test("keep values of their own on a task until it has ended", async () => {
    let slot: TaskSlot<string> | undefined;
    const seen: (string | undefined)[] = [];
    let ended: HookTask | undefined;
    const { tasks } = make([
      {
        name: "slots",
        setup(context) {
          const other = context.slot<number>();
          slot = context.slot<string>();
          context.onSpawn((task) => {
            other.set(task, 1);
            slot?.set(task, `of ${task.name}`);
          });
          context.onEnd((task) => {
            seen.push(slot?.get(task));
            ended = task;
          });
        },
      },
    ]);
    await tasks.run("a", () => tasks.wrap({ name: "b" }, async () => 1)());
    expect(seen).toEqual(["of b", "of a"]);
    expect(ended === undefined ? "none" : slot?.get(ended)).toBeUndefined();
  });

  test("bring tasks in, list them and cancel them", async () => {
    let context: PluginContext | undefined;
    const { tasks } = make([{ name: "brings", setup: (given) => void (context = given) }]);
    context?.track("brought", new Promise(() => {}));
    const managed = tasks.spawn("managed", () => new Promise(() => {}));
    await turn();
    expect(context?.tasks().map(({ name }) => name)).toEqual(["brought", "managed"]);
    expect(context?.control.cancel(managed.id, "by plugin")).toBe(true);
    expect(managed.state).toBe("cancelled");
    expect(context?.signal.aborted).toBe(false);
    await tasks.shutdown({ drainMs: 0, graceMs: 0 });
    expect(context?.signal.aborted).toBe(true);
  });
});

describe("a plugin that uses everything", () => {
  testPlugin({
    test,
    create: () => ({
      name: "everything",
      setup(context) {
        const slot = context.slot<number>();
        context.onSpawn((task) => slot.set(task, task.id));
        context.onStart(() => context.stats());
        context.aroundAttempt((_task, runBody) => runBody());
        context.onEnd(() => context.tasks());
        context.subscribe({ name: "everything" }, () => void context.stats());
        return () => Promise.resolve();
      },
      start: () => Promise.resolve(),
    }),
  });
});
