import { describe, expect, test } from "vitest";
import { createTracker, TaskRejectedError } from "taskscope";
import type { AdmissionRequest, AdmitHook, LifecycleEvent, Plugin, Refusal, Tracker } from "taskscope";
import { ManualClock } from "taskscope/testing";
import { turn } from "../tracker/support.ts";

const full: Refusal = { reason: "breaker_open", because: "it is too late" };

function admitting(hook: AdmitHook, name = "gate"): Plugin {
  return { name, setup: (context) => context.onAdmit(hook) };
}

function make(...plugins: readonly Plugin[]): { tasks: Tracker; warnings: string[] } {
  const warnings: string[] = [];
  const diag = { warn: (message: string) => void warnings.push(message) };
  return { warnings, tasks: createTracker({ clock: new ManualClock(), plugins, diag }) };
}

describe("onAdmit", () => {
  test("refuses run with a rejection and spawn with a throw, and the task never exists", async () => {
    const spawned: string[] = [];
    const { tasks } = make(
      admitting(() => full),
      {
        name: "spawns",
        setup: (context) => context.onSpawn(({ name }) => spawned.push(name)),
      },
    );
    const events: LifecycleEvent[] = [];
    tasks.subscribe({ name: "test" }, (event) => void events.push(event));
    const body = (): never => expect.fail("the body ran");
    const refused = tasks.run({ name: "work", type: "t" }, body);
    await expect(refused).rejects.toBeInstanceOf(TaskRejectedError);
    await expect(refused).rejects.toMatchObject({
      code: "TASKSCOPE_REJECTED",
      reason: "breaker_open",
      message: 'Task "work" was refused: it is too late',
    });
    expect(() => tasks.spawn("work", body)).toThrow(TaskRejectedError);
    await turn();
    expect(spawned).toEqual([]);
    expect(tasks.list()).toEqual([]);
    expect(tasks.stats().total).toMatchObject({ spawned: 0, rejected: 2 });
    expect(events).toMatchObject([
      { kind: "rejected", name: "work", type: "t", reason: "breaker_open" },
      { kind: "rejected", type: "general" },
    ]);
  });

  test("is asked with name and type, once for each managed task, and not for observed ones", async () => {
    const asked: AdmissionRequest[] = [];
    const { tasks } = make(
      admitting(({ name, type }) => {
        asked.push({ name, type });
        return undefined;
      }),
    );
    await tasks.run({ name: "a", type: "t" }, ({ run }) => run("b", () => 1));
    await tasks.wrap({ name: "c" }, async () => 1)();
    await tasks.wrap({ name: "d", managed: true }, async () => 1)();
    await tasks.track("e", Promise.resolve()).outcome;
    expect(asked).toEqual([
      { name: "a", type: "t" },
      { name: "b", type: "general" },
      { name: "d", type: "general" },
    ]);
  });

  test("is asked in order, up to the first that refuses", async () => {
    const asked: string[] = [];
    const ask = (name: string, answer?: Refusal): Plugin => admitting(() => (asked.push(name), answer), name);
    const { tasks } = make(ask("one"), ask("two", full), ask("three"));
    await tasks.run("work", () => 1).catch(() => undefined);
    expect(asked).toEqual(["one", "two"]);
  });

  test.each<[string, AdmitHook]>([
    ["throws", () => expect.fail("hook")],
    ["gives an unknown reason", () => ({ reason: "mood" as "limit", because: "" })],
    ["gives no text", () => ({ reason: "limit" }) as Refusal],
    ["gives a promise", () => Promise.resolve(full) as unknown as Refusal],
    ["gives null", () => null as unknown as Refusal],
  ])("that %s lets the task in, and is counted", async (_, hook) => {
    const { tasks, warnings } = make(admitting(hook));
    expect(await tasks.run("work", () => 1)).toBe(1);
    expect(warnings).toEqual(["Plugin gate threw in onAdmit; tasks are not affected"]);
  });

  test("is not asked once its plugin was removed", async () => {
    const { tasks } = make();
    const remove = tasks.use(admitting(() => full));
    await expect(tasks.run("work", () => 1)).rejects.toThrow("it is too late");
    await remove();
    expect(await tasks.run("work", () => 1)).toBe(1);
  });
});
