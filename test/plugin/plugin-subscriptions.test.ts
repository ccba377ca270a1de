import { describe, expect, test } from "vitest";
import { metricFamilies } from "taskscope";
import type { LifecycleEvent, Plugin, PluginContext } from "taskscope";
import { kindsOf, makeTracker } from "../events/support.ts";
import { turn } from "../tracker/support.ts";

describe("a plugin's subscription", () => {
  function subscribing(): { plugin: Plugin; events: LifecycleEvent[]; context: () => PluginContext } {
    const events: LifecycleEvent[] = [];
    let given: PluginContext | undefined;
    const plugin: Plugin = {
      name: "subscribing",
      setup(context) {
        given = context;
        context.subscribe({ name: "subscribing" }, (event) => void events.push(event));
      },
    };
    return { plugin, events, context: () => given ?? expect.fail("not set up") };
  }

  test("ends when the plugin is removed", async () => {
    const { plugin, events } = subscribing();
    const { tasks } = makeTracker();
    const remove = tasks.use(plugin);
    tasks.wrap("heard", () => 1)();
    await turn();
    await remove();
    tasks.wrap("unheard", () => 1)();
    await turn();
    expect(kindsOf(events)).toEqual(["spawned heard", "started heard", "completed heard"]);
  });

  test("gets everything before shutdown tears the plugin down", async () => {
    const { plugin, events } = subscribing();
    let heardAtTeardown = 0;
    const { tasks } = makeTracker({
      plugins: [plugin, { name: "looks", setup: () => () => void (heardAtTeardown = events.length) }],
    });
    tasks.wrap("work", () => 1)();
    await tasks.shutdown();
    expect(heardAtTeardown).toBe(3);
  });

  test("ends with the plugin when it is made late, and never begins after that", async () => {
    const { plugin, context } = subscribing();
    const { tasks } = makeTracker();
    const remove = tasks.use(plugin);
    let calls = 0;
    const end = context().subscribe({ name: "late" }, () => void (calls += 1));
    await remove();
    end();
    context().subscribe({ name: "too-late" }, () => void (calls += 1));
    tasks.wrap("work", () => 1)();
    await turn();
    expect(calls).toBe(0);
  });

  test("that drops events is in the numbers that exporters read", async () => {
    const { plugin, context } = subscribing();
    const { tasks } = makeTracker({ plugins: [plugin] });
    tasks.subscribe({ name: "small", capacity: 2 }, () => {});
    tasks.wrap("work", () => 1)();
    const { eventsDropped } = context().stats();
    expect([...eventsDropped]).toEqual([
      ["subscribing", 0],
      ["small", 1],
    ]);
    const family = metricFamilies("app", [context().stats()]).find(
      ({ prometheusName }) => prometheusName === "app_events_dropped_total",
    );
    expect(family?.samples.map(({ labels, value }) => [labels, value])).toEqual([
      [{ subscriber: "subscribing" }, 0],
      [{ subscriber: "small" }, 1],
    ]);
  });
});
