import { runInNewContext } from "node:vm";
import { describe, expect, test } from "vitest";
import type { Tracker } from "taskscope";
import { turn } from "../../tracker/support.ts";
import { FixtureProcess } from "../../fixtures/fixture-process.ts";
import { runFixture } from "../../fixtures/run-fixture.ts";
import { fail, makeLogged } from "./support.ts";

describe("a line", () => {
  test("of a failed task says what, which, why and how long", async () => {
    const { tasks, lines, clock } = makeLogged();
    const handle = tasks.spawn({ name: "charge", type: "network" }, async () => {
      await clock.advance(120.5);
      throw new RangeError("card declined");
    });
    await handle.outcome;
    await turn();
    expect(lines).toEqual([
      {
        level: "error",
        atMs: clock.epochMs(),
        message: "task charge failed",
        fields: {
          event: "failed",
          task_name: "charge",
          task_type: "network",
          task_id: handle.id,
          duration_ms: 120.5,
          queued_ms: 0,
          error_type: "RangeError",
          error_message: "card declined",
        },
      },
    ]);
  });

  test.each<[string, unknown, string | undefined]>([
    ["a string", "plain", "plain"],
    ["undefined", undefined, "undefined"],
    ["an object without prototype", Object.create(null), undefined],
  ])("is written for a task that throws %s: no failure is silent", async (_, thrown, message) => {
    const { tasks, lines } = makeLogged();
    await fail(tasks, "odd", thrown);
    await turn();
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatchObject({ level: "error", message: "task odd failed" });
    if (message !== undefined) expect(lines[0]?.fields["error_message"]).toBe(message);
  });

  test("is written for every kind that matters, at the level of its kind", async () => {
    const { tasks, said, clock } = makeLogged(
      {},
      { types: { narrow: { maxRunning: 1 } }, limits: { maxQueued: 0 } },
    );
    /** Held, so that no collection proves a task lost that waits for it. */
    const lasting = new Promise<never>(() => {});
    const never = (): Promise<never> => lasting;
    const busy = tasks.spawn({ name: "busy", type: "narrow", cancelGraceMs: 5 }, never);
    await turn();
    expect(tasks.trySpawn({ name: "late", type: "narrow" }, never)).toBeUndefined();
    busy.cancel("enough");
    await clock.advance(6);
    let attempts = 0;
    const again = tasks.spawn(
      { name: "flaky", restart: { when: "on-failure", backoff: { delayMs: () => 1 } } },
      () => {
        if ((attempts += 1) === 1) throw new Error("once");
      },
    );
    await clock.advance(2);
    await again.outcome;
    await turn();
    expect(said()).toEqual([
      "warn task late was rejected",
      "info task busy was cancelled",
      "warn task busy goes on after its end",
      "warn task flaky is about to restart",
    ]);
  });

  test("is written of everything when everything is wanted, and of nothing that is off", async () => {
    const { tasks, said } = makeLogged({
      minLevel: "trace",
      levels: { started: "off", completed: "info", progress: "trace" },
    });
    await tasks.run("work", ({ progress }) => progress(1, 2));
    await turn();
    expect(said()).toEqual([
      "debug task work spawned",
      "trace task work made progress",
      "info task work completed",
    ]);
  });

  test("stays one line: controls are written out, long texts are cut", async () => {
    const { tasks, lines } = makeLogged({ maxTextLength: 20 });
    await fail(tasks, "bad", new Error("first\nsecond \u001b[31mred\u0085\u2028 and more of it"));
    await fail(tasks, "half", new Error(`${"x".repeat(18)}\ud83d\ude00 and more`));
    await turn();
    const [bad, half] = lines.map(({ fields }) => fields["error_message"]);
    expect(bad).toBe("first\\u000asecond \\u001b[31mr…");
    expect(half).toBe(`${"x".repeat(18)}\\ud83d…`);
  });

  test("leaves texts out where none are wanted, and takes secrets out where that is asked for", async () => {
    const silent = makeLogged({ maxTextLength: 0 });
    await fail(silent.tasks, "bad", new Error("password=1"));
    await turn();
    expect(silent.lines[0]?.fields).not.toHaveProperty("error_message");
    const redact = (text: string): string => {
      if (text === "rude") throw new Error("redact");
      return text.replace(/password=\S+/, "password=…");
    };
    const redacting = makeLogged({ redact });
    await fail(redacting.tasks, "bad", new Error("password=hunter2 was wrong"));
    await fail(redacting.tasks, "bad", new Error("rude"));
    redacting.tasks.spawn("stopped", () => new Promise(() => {})).cancel("password=hunter2");
    await turn();
    expect(redacting.lines.map(({ fields }) => fields["error_message"] ?? fields["reason"])).toEqual([
      "password=… was wrong",
      undefined,
      "password=…",
    ]);
  });

  test("never shows attributes or values", async () => {
    const { tasks, lines } = makeLogged({ minLevel: "trace" });
    await tasks.run({ name: "work", attributes: { card: "4111" } }, ({ setAttribute }) => {
      setAttribute("later", "4112");
      return "4113";
    });
    await turn();
    expect(lines).toHaveLength(3);
    expect(JSON.stringify(lines)).not.toMatch(/411\d/);
  });
});

describe("a flood of lines", () => {
  const failTimes = async (tasks: Tracker, name: string, times: number): Promise<void> => {
    for (let index = 0; index < times; index += 1) await fail(tasks, name);
    await turn();
  };

  test("of one kind and series is limited, and its rest is told at the end of the window", async () => {
    const { tasks, lines, said, clock } = makeLogged({ maxLines: 3, windowMs: 1_000 });
    await failTimes(tasks, "charge", 50);
    await failTimes(tasks, "refund", 2);
    expect(said()).toEqual([
      ...Array.from({ length: 3 }, () => "error task charge failed"),
      ...Array.from({ length: 2 }, () => "error task refund failed"),
    ]);
    lines.length = 0;
    await clock.advance(1_000);
    expect(lines).toEqual([
      {
        level: "error",
        atMs: clock.epochMs(),
        message: "suppressed 47 more lines like this",
        fields: {
          event: "suppressed",
          suppressed: 47,
          suppressed_event: "failed",
          task_name: "charge",
          task_type: "general",
          window_ms: 1_000,
        },
      },
    ]);
    await failTimes(tasks, "charge", 1);
    expect(said().at(-1)).toBe("error task charge failed");
  });

  test("is told at shutdown too", async () => {
    const { tasks, said } = makeLogged({ maxLines: 1 });
    await failTimes(tasks, "charge", 5);
    await tasks.shutdown();
    expect(said()).toEqual(["error task charge failed", "error suppressed 4 more lines like this"]);
  });

  test("adds up whatever the number of names: every line is written or counted", async () => {
    const { tasks, lines, clock } = makeLogged({ maxLines: 2, windowMs: 1_000, capacity: 100_000 });
    for (let name = 0; name < 1_500; name += 1) {
      for (let times = 0; times < 3; times += 1) void fail(tasks, `name-${name}`);
    }
    await turn();
    await clock.advance(1_000);
    const summaries = lines.filter(({ fields }) => fields["event"] === "suppressed");
    const suppressed = summaries.reduce((sum, { fields }) => sum + Number(fields["suppressed"]), 0);
    expect(lines.length - summaries.length + suppressed).toBe(4_500);
    expect(summaries.length).toBeLessThan(25);
    const written = lines.length;
    await clock.advance(10_000);
    expect(lines).toHaveLength(written);
  });

  test("lets all through where nothing is limited", async () => {
    const { tasks, lines, clock } = makeLogged({ maxLines: Number.POSITIVE_INFINITY });
    await failTimes(tasks, "charge", 50);
    await clock.advance(60_000);
    expect(lines).toHaveLength(50);
  });

  test("that the queue has no room for is told as well", async () => {
    const { tasks, said, clock } = makeLogged({ capacity: 5, windowMs: 1_000 });
    for (let index = 0; index < 12; index += 1) void fail(tasks, `name-${index}`);
    await turn();
    expect(said()).toHaveLength(5);
    await clock.advance(1_000);
    expect(said().at(-1)).toBe("warn 7 events were dropped before they could be logged");
  });

  test("takes no room in the queue for what is not logged", async () => {
    const { tasks, said } = makeLogged({ capacity: 1 });
    for (let index = 0; index < 100; index += 1) tasks.wrap("quiet", () => 1)();
    void fail(tasks, "charge");
    for (let index = 0; index < 100; index += 1) tasks.wrap("quiet", () => 1)();
    await tasks.shutdown();
    expect(said()).toEqual(["error task charge failed"]);
  });
});

describe("a sink", () => {
  test("that throws or rejects is reported once a minute, and disturbs nobody", async () => {
    let calls = 0;
    const sink = (): void | Promise<void> => {
      calls += 1;
      if (calls % 2 === 0) return Promise.reject(new Error("rejects"));
      throw new Error("throws");
    };
    const { tasks, warnings, clock } = makeLogged({ sink });
    for (let index = 0; index < 4; index += 1) await fail(tasks, "charge");
    await turn();
    expect(calls).toBe(4);
    expect(warnings).toEqual(["The sink of the lifecycle log failed (1 lines lost so far)"]);
    await clock.advance(60_000);
    await fail(tasks, "charge");
    await turn();
    expect(warnings.at(-1)).toBe("The sink of the lifecycle log failed (5 lines lost so far)");
  });

  test("may give a promise of any make, whose rejection is reported too", async () => {
    const sink = (): PromiseLike<void> =>
      runInNewContext("Promise.reject(new Error('rejects'))") as PromiseLike<void>;
    const { tasks, warnings } = makeLogged({ sink });
    await fail(tasks, "charge");
    await turn();
    expect(warnings).toEqual(["The sink of the lifecycle log failed (1 lines lost so far)"]);
  });

  test("may be a console: the message first", async () => {
    const said: unknown[][] = [];
    const note =
      (level: string) =>
      (...args: unknown[]) =>
        void said.push([level, ...args]);
    const sink = { debug: note("debug"), info: note("info"), warn: note("warn"), error: note("error") };
    const { tasks } = makeLogged({ sink, levels: { cancelled: "trace" }, minLevel: "trace" });
    tasks.spawn("stopped", () => 1).cancel();
    await turn();
    expect(said.at(-1)).toEqual([
      "debug",
      "task stopped was cancelled",
      expect.objectContaining({ event: "cancelled", cancelled_by: "request" }),
    ]);
  });

  test("by default is stderr: a line of JSON each", () => {
    const { status, stdout, stderr } = runFixture("log-to-stderr.ts");
    expect({ status, stdout }).toEqual({ status: 0, stdout: "done\n" });
    const [line = "", ...rest] = stderr.split("\n");
    expect(rest).toEqual([""]);
    expect(JSON.parse(line)).toEqual({
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/) as string,
      level: "error",
      msg: "task charge failed",
      event: "failed",
      task_name: "charge",
      task_type: "general",
      task_id: 1,
      duration_ms: expect.any(Number) as number,
      queued_ms: expect.any(Number) as number,
      error_type: "TypeError",
      error_message: "no\\u000asecond line",
    });
  });
});

test("the process goes on when nobody reads its stderr any more", async () => {
  const child = new FixtureProcess("log-to-stderr.ts", ["unread"]);
  await child.said("ready");
  child.stopReadingStderr();
  child.say("go on");
  expect(await child.exited).toEqual({ code: 0, signal: null });
  expect(child.stdout).toBe("ready\ndone\n");
});

test("two logs with names of their own stand side by side", async () => {
  const second: string[] = [];
  const { tasks, said } = makeLogged({ minLevel: "error" });
  const { lifecycleLog } = await import("taskscope/log");
  tasks.use(
    lifecycleLog({ name: "audit", minLevel: "debug", sink: ({ message }) => void second.push(message) }),
  );
  await fail(tasks, "charge");
  await turn();
  expect(said()).toEqual(["error task charge failed"]);
  expect(second).toEqual(["task charge spawned", "task charge started", "task charge failed"]);
});
