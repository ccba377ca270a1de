import { Gauge, Registry } from "prom-client";
import { createTracker } from "taskscope";
import { promClient } from "taskscope/prom-client";
import { describe, expect, test } from "vitest";
import { expectBalance, exposedCounts, heldCounts } from "../balance.ts";
import { startChurn } from "../churn.ts";

describe("a scrape under load", () => {
  test("a scrape shows one instant, the one it was asked at, while tasks start and end in every microtask", async () => {
    const plugin = promClient();
    const tasks = createTracker({ plugins: [plugin] });
    const churn = startChurn(tasks);
    for (let scrape = 0; scrape < 200; scrape += 1) {
      await null;
      const held = heldCounts(tasks);
      const text = await plugin.registry.metrics();
      const exposed = exposedCounts(text);
      expectBalance(exposed);
      expect(exposed).toEqual(held);
    }
    expect(churn.turns).toBeGreaterThan(200);
    await churn.stop();
  });

  test("the JSON of a scrape shows one instant too", async () => {
    const plugin = promClient();
    const tasks = createTracker({ plugins: [plugin] });
    const churn = startChurn(tasks);
    for (let scrape = 0; scrape < 50; scrape += 1) {
      await null;
      const spawned = tasks.stats().total.spawned;
      const metrics = await plugin.registry.getMetricsAsJSON();
      const sum = (name: string): number =>
        metrics
          .find((metric) => metric.name === name)
          ?.values.reduce((total, { value }) => total + value, 0) ?? Number.NaN;
      expect(sum("taskscope_tasks_spawned_total")).toBe(spawned);
      expect(
        sum("taskscope_tasks_queued") +
          sum("taskscope_tasks_running") +
          sum("taskscope_tasks_completed_total") +
          sum("taskscope_tasks_failed_total") +
          sum("taskscope_tasks_cancelled_total"),
      ).toBe(spawned);
    }
    await churn.stop();
  });

  test("two scrapes in one synchronous piece of code each show their own instant", async () => {
    const plugin = promClient();
    const tasks = createTracker({ plugins: [plugin] });
    const work = tasks.wrap("work", () => {});
    const texts: Promise<string>[] = [];
    for (let done = 0; done < 5; done += 1) {
      texts.push(plugin.registry.metrics());
      work();
    }
    const counts = (await Promise.all(texts)).map((text) => exposedCounts(text).get("work")?.spawned);
    expect(counts).toEqual([0, 1, 2, 3, 4]);
  });

  test("asking for one metric never makes the next scrape old or mixed", async () => {
    const plugin = promClient();
    const { registry } = plugin;
    const tasks = createTracker({ plugins: [plugin] });
    const work = tasks.wrap("work", () => {});
    work();
    for (const name of ["taskscope_tasks_running", "taskscope_tasks_spawned_total", "taskscope_build_info"]) {
      const single = registry.getSingleMetricAsString(name);
      work();
      const held = heldCounts(tasks);
      const text = registry.metrics();
      await single;
      expect(exposedCounts(await text)).toEqual(held);
    }
  });

  test("single metrics asked for one after the other are each read anew", async () => {
    const plugin = promClient();
    const { registry } = plugin;
    const tasks = createTracker({ plugins: [plugin] });
    const work = tasks.wrap("work", () => {});
    work();
    expect(await registry.getSingleMetricAsString("taskscope_tasks_spawned_total")).toMatch(/ 1$/);
    work();
    expect(await registry.getSingleMetricAsString("taskscope_tasks_completed_total")).toMatch(/ 2$/);
  });

  test("a user's metric that runs tracked code while it is read does not mix two instants", async () => {
    const registry = new Registry();
    const work = { run: (): void => {} };
    const gauge = (name: string): Gauge =>
      new Gauge({ name, help: name, registers: [registry], collect: () => work.run() });
    const tasks = createTracker({ plugins: [promClient({ registry })] });
    // Move one of our metrics behind the user's, as cleaning up by hand may.
    const completed = registry.getSingleMetric("taskscope_tasks_completed_total");
    registry.removeSingleMetric("taskscope_tasks_completed_total");
    gauge("between");
    if (completed !== undefined) registry.registerMetric(completed);
    work.run = tasks.wrap("work", () => {});
    for (let scrape = 0; scrape < 3; scrape += 1) {
      const exposed = exposedCounts(await registry.metrics());
      expectBalance(exposed);
      expect(exposed.get("work")?.spawned ?? 0).toBe(scrape);
    }
  });
});
