import { describe, expect, test } from "vitest";
import { metricFamilies } from "taskscope";
import type { LifecycleEvent, Plugin, PluginContext } from "taskscope";
import { kindsOf, makeTracker } from "../events/support.ts";
import { turn } from "../tracker/support.ts";

describe("the span of a task", () => {
  const ids = { traceId: "0af7651916cd43dd8448eb211c80319c", spanId: "b7ad6b7169203331", traceFlags: 1 };

  async function tracesOf(...reads: readonly (() => unknown)[]) {
    const events: LifecycleEvent[] = [];
    const { tasks, warnings } = makeTracker({
      plugins: reads.map((read, index) => ({
        name: `spans-${index}`,
        setup: (context) => context.provideTrace(read as () => undefined),
      })),
    });
    tasks.subscribe({ name: "all" }, (event) => void events.push(event));
    tasks.wrap("work", () => 1)();
    await tasks.shutdown();
    return { traces: events.map(({ trace }) => trace), warnings };
  }

  test("is on its events from the start on, from the first plugin that knows it", async () => {
    const other = { ...ids, traceFlags: 0 };
    const { traces } = await tracesOf(
      () => undefined,
      () => ids,
      () => other,
    );
    expect(traces).toEqual([undefined, ids, ids]);
  });

  test.each<[string, unknown]>([
    ["is none", { ...ids, traceId: "0".repeat(32) }],
    ["has a line break", { ...ids, spanId: "b7ad6b716920333\n" }],
    ["is upper case", { ...ids, traceId: ids.traceId.toUpperCase() }],
    ["is too long", { ...ids, spanId: `${ids.spanId}0` }],
  ])("is left out where an id %s", async (_, given) => {
    const { traces, warnings } = await tracesOf(() => given);
    expect(traces).toEqual([undefined, undefined, undefined]);
    expect(warnings).toEqual([]);
  });

  test("is left out, and that is reported, where a plugin throws or gives something else", async () => {
    const { traces, warnings } = await tracesOf(
      () => {
        throw new Error("rude");
      },
      () => null,
      () => ids,
    );
    expect(traces).toEqual([undefined, ids, ids]);
    expect(warnings).toEqual([
      "Plugin spans-0 threw in provideTrace; tasks are not affected",
      "Plugin spans-1 threw in provideTrace; tasks are not affected",
    ]);
  });
});

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
