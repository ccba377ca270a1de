import { createTracker } from "taskscope";
import { circuitBreakers } from "taskscope/opossum";
import type { TaskBreaker } from "taskscope/opossum";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { deferred, turn } from "../../tracker/support.ts";
import { charge, failing, protectPayments, refusal, RESET_MS, track, useFakeTimers } from "./support.ts";

beforeEach(useFakeTimers);
afterEach(() => {
  vi.useRealTimers();
});

describe("half open", () => {
  /** Opens the breaker and lets the time pass after which it tries again. */
  function tryAgain(breaker: TaskBreaker): void {
    breaker.open();
    vi.advanceTimersByTime(RESET_MS);
    expect(breaker.halfOpen).toBe(true);
  }

  test("lets one task in, and closes when that completes", async () => {
    const { tasks, breaker } = protectPayments();
    tryAgain(breaker);
    const gate = deferred<number>();
    const trial = tasks.run(charge, () => gate.promise);
    const refused = tasks.run(charge, () => 1);
    await expect(refused).rejects.toMatchObject(refusal);
    await expect(refused).rejects.toThrow('"payments" is half open, and another task is its trial');
    gate.resolve(1);
    await trial;
    expect(breaker.closed).toBe(true);
    expect(await tasks.run(charge, () => 2)).toBe(2);
  });

  test("opens again when the trial fails, and tries again later", async () => {
    const { tasks, breaker } = protectPayments();
    tryAgain(breaker);
    await failing(tasks, charge);
    expect(breaker.opened).toBe(true);
    vi.advanceTimersByTime(RESET_MS - 1);
    expect(breaker.opened).toBe(true);
    vi.advanceTimersByTime(1);
    await tasks.run(charge, () => 1);
    expect(breaker.closed).toBe(true);
  });

  test("a trial that is cancelled decides nothing: the next task is the trial", async () => {
    const { tasks, breaker } = protectPayments();
    tryAgain(breaker);
    const trial = tasks.spawn(charge, () => new Promise(() => {}));
    trial.cancel();
    await trial.outcome;
    expect(breaker.halfOpen).toBe(true);
    await tasks.run(charge, () => 1);
    expect(breaker.closed).toBe(true);
  });

  test("tasks from before do not decide", async () => {
    const { tasks, breaker } = protectPayments();
    const gates = [deferred<number>(), deferred<number>()] as const;
    const early = gates.map(({ promise }) => tasks.run(charge, () => promise).catch(() => undefined));
    tryAgain(breaker);
    gates[0].resolve(1);
    gates[1].reject(new Error("down"));
    await Promise.all(early);
    expect(breaker.halfOpen).toBe(true);
  });

  test("a tracker that lets go of the plugin lets go of its trial", async () => {
    const breakers = circuitBreakers();
    const { tasks } = track(breakers);
    const other = createTracker();
    const remove = other.use(breakers);
    const breaker = breakers.protect({ name: "payments", taskType: "payments", resetTimeout: RESET_MS });
    tryAgain(breaker);
    const gate = deferred<number>();
    const trial = other.run(charge, () => gate.promise);
    await remove();
    expect(await tasks.run(charge, () => 1)).toBe(1);
    expect(breaker.closed).toBe(true);
    gate.resolve(1);
    await trial;
  });

  test("the next time it is half open has a trial of its own, and the old one does not decide", async () => {
    const { tasks, breaker } = protectPayments();
    tryAgain(breaker);
    const gate = deferred<number>();
    const old = tasks.run(charge, () => gate.promise);
    tryAgain(breaker);
    const next = deferred<number>();
    const trial = tasks.run(charge, () => next.promise);
    gate.resolve(1);
    await old;
    expect(breaker.halfOpen).toBe(true);
    next.resolve(1);
    await trial;
    expect(breaker.closed).toBe(true);
  });

  test("a trial that restarts decides with its first attempt", async () => {
    const { tasks, breaker, clock } = protectPayments();
    tryAgain(breaker);
    let isDown = true;
    const restart = { maxRestarts: 1, backoff: { delayMs: () => 10 } };
    const trial = tasks.run({ ...charge, restart }, () => (isDown ? Promise.reject(new Error("down")) : 1));
    await turn();
    expect(breaker.opened).toBe(true);
    isDown = false;
    await clock.advance(10);
    expect(await trial).toBe(1);
    expect(breaker.opened).toBe(true);
  });

  test("a task that a limit refuses is no trial", async () => {
    const breakers = circuitBreakers();
    const { tasks } = track(breakers, { limits: { maxRunning: 1, maxQueued: 0 } });
    const breaker = breakers.protect({ name: "payments", taskType: "payments", resetTimeout: RESET_MS });
    const gate = deferred<number>();
    const other = tasks.run("other", () => gate.promise);
    tryAgain(breaker);
    await expect(tasks.run(charge, () => 1)).rejects.toMatchObject({ reason: "limit" });
    gate.resolve(1);
    await other;
    await tasks.run(charge, () => 1);
    expect(breaker.closed).toBe(true);
  });

  test("a tracker that goes takes its trial along", async () => {
    const breakers = circuitBreakers();
    const first = track(breakers);
    const second = track(breakers);
    const breaker = breakers.protect({ name: "payments", taskType: "payments", resetTimeout: RESET_MS });
    tryAgain(breaker);
    first.tasks.spawn({ ...charge, cancelGraceMs: 1 }, () => new Promise(() => {}));
    await expect(second.tasks.run(charge, () => 1)).rejects.toMatchObject(refusal);
    await first.tasks.shutdown({ drainMs: 0, graceMs: 0 });
    expect(await second.tasks.run(charge, () => 1)).toBe(1);
    expect(breaker.closed).toBe(true);
  });
});
