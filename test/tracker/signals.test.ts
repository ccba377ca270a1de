import { describe, expect, test } from "vitest";
import { createTracker } from "taskscope";
import { FixtureProcess } from "../fixtures/fixture-process.ts";
import { runFixture } from "../fixtures/run-fixture.ts";

describe.each([
  ["SIGTERM", 143],
  ["SIGINT", 130],
] as const)("on %s", (signal, code) => {
  test("running tasks are drained, and the process exits with 128 + the signal's number", async () => {
    const child = new FixtureProcess("on-signal.ts", ["drains"]);
    await child.said("ready");
    child.kill(signal);
    await child.said("refused TASKSCOPE_CLOSED");
    child.say("finish");
    expect(await child.exited).toEqual({ code, signal: null });
    expect(child.stdout).toContain("drained");
    expect(child.stdout).toContain("plugin closed");
    expect(child.stderr).not.toContain("Taskscope");
  });
});

describe("on a signal", () => {
  test("bodies that go on are cancelled and named, and the process exits all the same", async () => {
    const child = new FixtureProcess("on-signal.ts", ["deaf"]);
    await child.said("ready");
    child.kill("SIGTERM");
    expect(await child.exited).toEqual({ code: 143, signal: null });
    expect(child.stderr).toMatch(
      /TaskscopeWarning: Shut down on SIGTERM; 25 bodies go on: deaf \(network, \d+\), .* and 5 more/,
    );
  });

  test("the second one exits at once", async () => {
    const child = new FixtureProcess("on-signal.ts", ["drains"]);
    await child.said("ready");
    child.kill("SIGTERM");
    await child.said("refused TASKSCOPE_CLOSED");
    child.kill("SIGINT");
    expect(await child.exited).toEqual({ code: 130, signal: null });
    expect(child.stdout).not.toContain("drained");
  });

  test("the process waits for every tracker that shuts down", async () => {
    const child = new FixtureProcess("on-signal.ts", ["two"]);
    await child.said("ready");
    child.kill("SIGTERM");
    await child.said("refused TASKSCOPE_CLOSED");
    child.say("finish");
    expect(await child.exited).toEqual({ code: 143, signal: null });
    expect(child.stdout).toContain("drained");
  });

  test("only those named are listened to, and none once the listeners are off", async () => {
    const child = new FixtureProcess("on-signal.ts", ["off"]);
    await child.said("ready");
    child.kill("SIGTERM");
    expect(await child.exited).toEqual({ code: null, signal: "SIGTERM" });
  });
});

test("listeners come and go together", () => {
  const before = process.listenerCount("SIGUSR2");
  const stop = createTracker().shutdownOnSignals({ signals: ["SIGUSR2"], drainMs: 1, graceMs: 1 });
  expect(process.listenerCount("SIGUSR2")).toBe(before + 1);
  stop();
  stop();
  expect(process.listenerCount("SIGUSR2")).toBe(before);
});

test.each([
  [{ signals: ["SIGKILL"] }, /^signals\[0\] takes the name of a signal that can be caught, got "SIGKILL"/],
  [{ signals: ["SIGTERM", "toString"] }, /^signals\[1\] takes/],
  [{ signals: "SIGTERM" }, /^signals takes an array/],
  [{ drainMs: -1 }, /^drainMs takes/],
  [{ timeoutMs: 1 }, /^timeoutMs takes no value/],
])("refuses %o and listens to nothing", (options, message) => {
  const before = process.listenerCount("SIGTERM");
  expect(() => createTracker().shutdownOnSignals(options as never)).toThrow(message);
  expect(process.listenerCount("SIGTERM")).toBe(before);
});

describe("which timers keep the process alive", () => {
  test.each([
    ["a bounded withTimeout, which ends it", "with-timeout", "TaskTimeoutError"],
    ["a bounded whenIdle, which ends it", "when-idle", "TaskTimeoutError"],
    ["periodic work, until it is cancelled", "periodic", "3 runs"],
  ])("%s", (_, way, said) => {
    expect(runFixture("process-lifetime.ts", [way])).toMatchObject({ status: 0, stdout: `${said}\n` });
  });

  test.each([
    ["a task's timeout", "task-timeout"],
    ["an unbounded whenIdle", "when-idle-unbounded"],
    ["an unbounded withTimeout", "with-timeout-unbounded"],
    ["tasks that should give signs of life", "stuck"],
    ["listeners for signals", "signals"],
    ["an open task", "open"],
  ])("not %s", (_, way) => {
    expect(runFixture("process-lifetime.ts", [way])).toMatchObject({
      status: 0,
      stdout: "nothing left to do\n",
    });
  });
});
