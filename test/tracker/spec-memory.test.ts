import { describe, expect, test } from "vitest";
import { createTracker } from "taskscope";
import { ManualClock } from "taskscope/testing";

/** Held, so that no collection proves a task lost that waits for it. */
const lasting = new Promise<never>(() => {});
const never = (): Promise<never> => lasting;

describe("what was read of one description does not stand in for another", () => {
  test("of the same name and type, in any order", async () => {
    const clock = new ManualClock();
    const tasks = createTracker({ clock });
    const timeoutOf = async (spec: Parameters<typeof tasks.run>[0]): Promise<unknown> => {
      const ended = tasks.run(spec, never).catch((error: { timeoutMs?: number }) => error.timeoutMs);
      await clock.advance(1_000);
      const timeoutMs = await Promise.race([ended, Promise.resolve("none")]);
      tasks.cancelWhere({});
      return timeoutMs;
    };
    expect(await timeoutOf({ name: "t" })).toBe("none");
    expect(await timeoutOf({ name: "t", timeoutMs: 10 })).toBe(10);
    expect(await timeoutOf({ name: "t", timeoutMs: 20 })).toBe(20);
    expect(await timeoutOf({ name: "t", timeoutMs: 20 })).toBe(20);
    expect(await timeoutOf("t")).toBe("none");
    expect(await timeoutOf({ name: "t", type: "general", totalTimeoutMs: 30 })).toBe(30);
    expect(await timeoutOf({ name: "t", type: undefined })).toBe("none");
    expect(await timeoutOf({ name: "t", type: "other", timeoutMs: 40 })).toBe(40);
  });

  test("nor a policy that has changed since", async () => {
    const tasks = createTracker({ types: { net: { onShutdown: "cancel" } } });
    const priority = 3;
    await tasks.run({ name: "t", type: "net", priority }, () => 1);
    tasks.configure({ types: { net: { maxRunning: 1 } } });
    tasks.run({ name: "t", type: "net", priority }, never).catch(() => {});
    expect(tasks.spawn({ name: "t", type: "net", priority }, never).state).toBe("queued");
    expect(tasks.pressure("net")).toBe(1);
  });

  test("nor a policy that a description changes while it is read", async () => {
    const clock = new ManualClock();
    const tasks = createTracker({ clock });
    for (let round = 0; round < 3; round += 1) await tasks.run({ name: "t", type: "net" }, () => 1);
    const changing = {
      name: "t",
      get type() {
        tasks.configure({ types: { net: { timeoutMs: 10 } } });
        return "net";
      },
    };
    const task = tasks.spawn(changing, never);
    await clock.advance(10);
    expect(task.state).toBe("failed");
  });

  test("and a bad one is refused after a good one of the same name", () => {
    const tasks = createTracker();
    tasks.spawn({ name: "t", priority: 1 }, () => 1);
    expect(() => tasks.spawn({ name: "t", priority: Number.NaN }, () => 1)).toThrow(/^priority/);
    expect(() => tasks.spawn({ name: "t", timeoutMs: 0 }, () => 1)).toThrow(/^timeoutMs/);
    expect(() => tasks.spawn({ name: "t", type: 5 as never }, () => 1)).toThrow(/^type/);
    expect(() => tasks.spawn({ name: "t", unknown: 1 } as never, () => 1)).toThrow(/^unknown/);
    expect(() => tasks.spawn(5 as never, () => 1)).toThrow(/^options/);
  });

  test("names that are cut or made safe are counted under what became of them, each time", async () => {
    const tasks = createTracker();
    for (let round = 0; round < 2; round += 1) {
      await tasks.run({ name: "a\nb" }, () => 1);
      await tasks.run("", () => 1);
    }
    expect(tasks.stats().bySeries.map(({ name, completed }) => [name, completed])).toEqual([
      ["a_b", 2],
      ["anonymous", 2],
    ]);
  });
});
