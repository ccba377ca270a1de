import { currentTask, TaskRejectedError, TaskTimeoutError } from "taskscope";
import { circuitBreakers } from "taskscope/opossum";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { balanced, turn } from "../../tracker/support.ts";
import { charge, failing, protectPayments, refusal, track, useFakeTimers } from "./support.ts";
import type { Setup } from "./support.ts";

beforeEach(useFakeTimers);
afterEach(() => {
  vi.useRealTimers();
});

const rejections = ({ context }: Setup): number | undefined =>
  context
    .stats()
    .series.find(({ name }) => name === "charge")
    ?.rejected.get("breaker_open");

describe("a breaker that protects tasks", () => {
  test("opens when tasks fail, and from then on refuses them before they exist", async () => {
    const setup = protectPayments();
    const { tasks, breaker } = setup;
    await failing(tasks, charge, 4);
    expect(breaker.opened).toBe(true);
    const body = vi.fn();
    const refused = tasks.run(charge, body);
    await expect(refused).rejects.toBeInstanceOf(TaskRejectedError);
    await expect(refused).rejects.toMatchObject(refusal);
    await expect(refused).rejects.toThrow(
      'Task "charge" was refused: the circuit breaker "payments" is open',
    );
    expect(() => tasks.spawn(charge, body)).toThrow(expect.objectContaining(refusal));
    expect(body).not.toHaveBeenCalled();
    expect(rejections(setup)).toBe(2);
    expect(tasks.stats().total).toMatchObject({ spawned: 4, failed: 4, rejected: 2 });
    balanced(tasks);
  });

  test("refuses the very next task, without a turn in between", async () => {
    const { tasks } = protectPayments();
    await failing(tasks, charge, 3);
    const next = tasks
      .run(charge, () => Promise.reject(new Error("down")))
      .catch(() => tasks.run(charge, () => 1));
    await expect(next).rejects.toMatchObject(refusal);
  });

  test("stays closed while tasks succeed, and counts the successes against the failures", async () => {
    const { tasks, breaker } = protectPayments();
    for (let count = 0; count < 10; count += 1) await tasks.run(charge, () => count);
    await failing(tasks, charge, 9);
    expect(breaker.closed).toBe(true);
    await failing(tasks, charge, 2);
    expect(breaker.opened).toBe(true);
  });

  test("leaves other tasks and observed ones alone", async () => {
    const { tasks, breaker } = protectPayments();
    const wrapped = tasks.wrap(charge, () => Promise.reject(new Error("down")));
    for (let count = 0; count < 10; count += 1) await wrapped().catch(() => undefined);
    await failing(tasks, { name: "charge", type: "other" }, 10);
    expect(breaker.closed).toBe(true);
    breaker.open();
    expect(await tasks.run({ name: "charge", type: "other" }, () => 1)).toBe(1);
    expect(await tasks.wrap(charge, async () => 2)()).toBe(2);
  });

  test("refuses calls of a managed wrapped function", async () => {
    const { tasks, breaker } = protectPayments();
    const pay = tasks.wrap({ ...charge, managed: true }, async (amount: number) => amount);
    expect(await pay(7)).toBe(7);
    breaker.open();
    await expect(pay(7)).rejects.toMatchObject(refusal);
  });

  test("a timeout is a failure", async () => {
    const { tasks, breaker, clock } = protectPayments();
    for (let count = 0; count < 4; count += 1) {
      const slow = tasks.run(charge, () => new Promise(() => {}));
      const ended = expect(slow).rejects.toBeInstanceOf(TaskTimeoutError);
      await clock.advance(1_000);
      await ended;
    }
    expect(breaker.opened).toBe(true);
  });

  test("a cancelled task is neither a failure nor a success", async () => {
    const { tasks, breaker } = protectPayments();
    for (let count = 0; count < 10; count += 1) {
      const task = tasks.spawn(charge, () => new Promise(() => {}));
      await turn();
      task.cancel();
      await task.outcome;
    }
    expect(breaker.closed).toBe(true);
    await failing(tasks, charge, 4);
    expect(breaker.opened).toBe(true);
  });

  test("every attempt of a task that restarts counts", async () => {
    const { tasks, breaker, clock } = protectPayments();
    const restart = { maxRestarts: 3, backoff: { delayMs: () => 10 } };
    const task = tasks.spawn({ ...charge, restart }, () => Promise.reject(new Error("down")));
    await clock.advance(30);
    expect(await task.outcome).toMatchObject({ status: "failed", attempts: 4 });
    expect(breaker.opened).toBe(true);
  });

  test("errors that the filter lets through count as success", async () => {
    const { tasks, breaker } = protectPayments({
      errorFilter: (error: unknown) => error instanceof Error && error.message === "down",
    });
    await failing(tasks, charge, 10);
    expect(breaker.closed).toBe(true);
  });

  test.each([undefined, null, "text", 0, Number.NaN, Symbol("s"), Object.create(null)])(
    "stands a body that throws %s",
    async (thrown) => {
      const { tasks, breaker, warnings } = protectPayments();
      for (let count = 0; count < 4; count += 1) {
        await tasks.run(charge, () => Promise.reject(thrown as Error)).catch(() => undefined);
      }
      await turn();
      expect(breaker.opened).toBe(true);
      expect(warnings).toEqual([]);
    },
  );

  test("a filter that throws is counted as the plugin's, and the task keeps its error", async () => {
    const { tasks, breaker, context, warnings } = protectPayments({
      errorFilter: () => {
        throw new Error("filter");
      },
    });
    await expect(tasks.run(charge, () => Promise.reject(new Error("down")))).rejects.toThrow("down");
    expect(context.stats().pluginErrors.get("opossum")).toBe(1);
    expect(warnings).toEqual(["Plugin opossum threw in onEnd; tasks are not affected"]);
    expect(breaker.closed).toBe(true);
  });

  test("a listener of the breaker that throws is reported once, and reaches no task", async () => {
    const { tasks, breaker, warnings } = protectPayments();
    breaker.on("open", () => {
      throw new Error("listener");
    });
    await failing(tasks, charge, 4);
    await turn();
    expect(warnings).toEqual(['A listener of the circuit breaker "payments" threw']);
    await expect(tasks.run(charge, () => 1)).rejects.toMatchObject(refusal);
  });

  test("switched off it protects nothing, and nothing counts", async () => {
    const { tasks, breaker } = protectPayments();
    breaker.open();
    breaker.disable();
    await failing(tasks, charge, 10);
    expect(tasks.stats().total.failed).toBe(10);
    breaker.enable();
    await expect(tasks.run(charge, () => 1)).rejects.toMatchObject(refusal);
  });

  test("switched off while it is closed it counts nothing", async () => {
    const { tasks, breaker, warnings } = protectPayments();
    breaker.disable();
    await failing(tasks, charge, 10);
    breaker.enable();
    await failing(tasks, charge, 3);
    expect(breaker.closed).toBe(true);
    await failing(tasks, charge);
    expect(breaker.opened).toBe(true);
    expect(warnings).toEqual([]);
  });

  test("opens outside of the tasks that opened it", async () => {
    const { tasks, breaker } = protectPayments();
    let current: unknown = "not opened";
    breaker.on("open", () => (current = currentTask()));
    await tasks.run("outer", () => failing(tasks, charge, 4));
    expect(current).toBeUndefined();
  });

  test("shut down it protects nothing, and its name is free again", async () => {
    const breakers = circuitBreakers();
    const { tasks } = track(breakers);
    const breaker = breakers.protect({ name: "payments", taskType: "payments" });
    breaker.open();
    breaker.shutdown();
    expect(await tasks.run(charge, () => 1)).toBe(1);
    breakers.protect({ name: "payments", taskType: "payments" });
  });
});

test("a task that two breakers cover is refused by either, and teaches both", async () => {
  const breakers = circuitBreakers();
  const { tasks } = track(breakers);
  const byType = breakers.protect({ name: "by-type", taskType: ["payments", "refunds"], volumeThreshold: 2 });
  const byName = breakers.protect({ name: "by-name", taskName: "charge", volumeThreshold: 2 });
  const byBoth = breakers.protect({ name: "by-both", taskType: "payments", taskName: "refund" });
  await failing(tasks, charge, 2);
  expect([byType.opened, byName.opened, byBoth.closed]).toEqual([true, true, true]);
  byType.close();
  await expect(tasks.run(charge, () => 1)).rejects.toThrow('"by-name" is open');
  expect(await tasks.run({ name: "list", type: "payments" }, () => 1)).toBe(1);
  await expect(tasks.run({ name: "charge", type: "refunds" }, () => 1)).rejects.toMatchObject(refusal);
});
