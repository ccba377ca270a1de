import { getEventListeners } from "node:events";
import { Registry } from "prom-client";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createTracker } from "taskscope";
import { promClient } from "taskscope/prom-client";
import { ManualClock } from "taskscope/testing";
import { parseExpression } from "../ops/promql.ts";
import { alerts, thresholdsOf } from "../ops/rule-file.ts";
import { expectFlat, settledHeapBytes } from "./gc-heap.ts";
import { balanced, turn } from "./support.ts";

const ZOMBIES = 1_000;
const TIMEOUT_MS = 50;
const GRACE_MS = 100;

/** A tracker whose slots are all taken by bodies that ignore their timeout. */
async function withZombies() {
  const clock = new ManualClock();
  const registry = new Registry();
  const tasks = createTracker({
    clock,
    limits: { maxRunning: ZOMBIES },
    plugins: [promClient({ registry })],
  });
  const endings: (() => void)[] = [];
  const lateMs: number[] = [];
  tasks.subscribe({ name: "late", capacity: 10 * ZOMBIES }, (event) => {
    if (event.kind === "settled-late") lateMs.push(event.lateMs);
  });
  const handles = Array.from({ length: ZOMBIES }, (_, index) =>
    tasks.spawn(
      { name: "zombie", type: "network", timeoutMs: TIMEOUT_MS, cancelGraceMs: GRACE_MS },
      () =>
        new Promise<number>((resolve, reject) => {
          endings.push(() => (index % 2 === 0 ? resolve(index) : reject(new Error("late"))));
        }),
    ),
  );
  await clock.advance(0);
  expect(tasks.stats().total).toMatchObject({ running: ZOMBIES, unresponsive: 0 });
  const gauge = async (): Promise<string | undefined> =>
    (await registry.metrics()).split("\n").find((line) => line.startsWith("taskscope_tasks_unresponsive{"));
  const finish = (): void => {
    for (const end of endings) end();
  };
  return { clock, tasks, handles, finish, lateMs, gauge };
}

describe("1,000 bodies that ignore their timeout", () => {
  test("leave running and their slots at once, and are unresponsive after their grace", async () => {
    const { clock, tasks, handles } = await withZombies();
    const waits = Array.from({ length: ZOMBIES }, () => tasks.run("next", () => turn()));
    expect(tasks.stats().total.queued).toBe(ZOMBIES);
    await clock.advance(TIMEOUT_MS);
    await Promise.all(waits);
    expect(tasks.stats().total).toMatchObject({
      running: 0,
      queued: 0,
      failed: ZOMBIES,
      completed: ZOMBIES,
      unresponsive: 0,
    });
    await clock.advance(GRACE_MS);
    expect(tasks.stats().total).toMatchObject({ running: 0, failed: ZOMBIES, unresponsive: ZOMBIES });
    expect(tasks.pressure()).toBe(0);
    for (const handle of handles) expect(await handle.outcome).toMatchObject({ errorType: "timeout" });
    balanced(tasks);
  });

  test("are gone from the gauge when they settle late, each with its lateness, and end nothing twice", async () => {
    const { clock, tasks, finish, lateMs, gauge } = await withZombies();
    await clock.advance(TIMEOUT_MS + GRACE_MS);
    expect(await gauge()).toMatch(/task_name="zombie".* 1000$/);
    await clock.advance(1_000);
    finish();
    await clock.advance(0);
    expect(tasks.stats().total).toMatchObject({
      running: 0,
      completed: 0,
      failed: ZOMBIES,
      unresponsive: 0,
    });
    expect(await gauge()).toMatch(/ 0$/);
    expect(lateMs).toEqual(Array.from({ length: ZOMBIES }, () => GRACE_MS + 1_000));
    balanced(tasks);
  });

  test("are in the series that the alert rule reads, and above its threshold", async () => {
    const { clock, gauge } = await withZombies();
    await clock.advance(TIMEOUT_MS + GRACE_MS);
    const [, exported = "", value] = /\{(.*)\} (\d+)$/.exec((await gauge()) ?? "") ?? [];
    const rule = alerts.find(({ alert }) => alert === "TaskUnresponsive");
    const { selectors, groupingLabels } = parseExpression(rule?.expr ?? "");
    expect(selectors.map(({ metric }) => metric)).toEqual(["taskscope_tasks_unresponsive"]);
    for (const matcher of selectors.flatMap(({ matchers }) => matchers)) expect(exported).toContain(matcher);
    // The labels that the sum drops are the target's, but for the name; the type is what the alert carries.
    expect(groupingLabels).toEqual(["instance", "pod", "task_name"]);
    expect(exported).toContain('task_type="network"');
    for (const threshold of thresholdsOf("TaskUnresponsive")) {
      expect(Number(value)).toBeGreaterThan(threshold);
    }
  });
});

const MANY = 1_000_000;
const AT_ONCE = 1_000;

describe("1,000,000 tasks leave nothing behind", () => {
  const warnings: string[] = [];
  const note = (warning: Error): void => void warnings.push(warning.name);
  beforeEach(() => {
    warnings.length = 0;
    process.on("warning", note);
  });
  afterEach(() => {
    process.off("warning", note);
  });

  test("as short children of one parent that goes on", async () => {
    const tasks = createTracker();
    let touched = 0;
    const bodies = [
      () => undefined,
      () => turnOfMicrotasks(),
      ({ signal }: { readonly signal: AbortSignal }) => {
        if (!signal.aborted) touched += 1;
      },
    ];
    await tasks.run("parent", async ({ run, signal }) => {
      const children = async (count: number): Promise<void> => {
        for (let done = 0; done < count; done += AT_ONCE) {
          const batch: Promise<unknown>[] = [];
          // One in a hundred touches its signal: that one costs.
          for (let index = 0; index < AT_ONCE; index += 1) {
            batch.push(run("child", bodies[index % 100 === 0 ? 2 : index % 2] ?? turn));
          }
          expect(getEventListeners(signal, "abort").length).toBeLessThanOrEqual(1);
          await Promise.all(batch);
        }
        // So that this is a lasting task's turn, and what it holds is seen.
        await turn();
        tasks.sweep(0);
      };
      await children(50_000);
      const beforeBytes = await settledHeapBytes();
      await children(MANY);
      expectFlat(beforeBytes, await settledHeapBytes());
      expect(signal.aborted).toBe(false);
    });
    expect(touched).toBe((MANY + 50_000) / 100);
    expect(tasks.stats().total).toMatchObject({ completed: MANY + 50_001, running: 0, failed: 0 });
    expect(warnings).toEqual([]);
    balanced(tasks);
  }, 240_000);

  test("with one signal of somebody else's, which has one listener while they run and none after", async () => {
    const tasks = createTracker();
    const { signal } = new AbortController();
    const start = async (count: number): Promise<void> => {
      for (let done = 0; done < count; done += AT_ONCE) {
        const batch: Promise<void>[] = [];
        for (let index = 0; index < AT_ONCE; index += 1) {
          batch.push(tasks.run({ name: "given", signal }, turnOfMicrotasks));
        }
        expect(getEventListeners(signal, "abort")).toHaveLength(1);
        await Promise.all(batch);
        expect(getEventListeners(signal, "abort")).toHaveLength(0);
      }
      await turn();
      tasks.sweep(0);
    };
    await start(50_000);
    const beforeBytes = await settledHeapBytes();
    await start(MANY);
    expectFlat(beforeBytes, await settledHeapBytes());
    expect(tasks.stats().total).toMatchObject({ completed: MANY + 50_000, running: 0 });
    expect(warnings).toEqual([]);
    balanced(tasks);
  }, 240_000);
});

async function turnOfMicrotasks(): Promise<void> {
  await null;
}
