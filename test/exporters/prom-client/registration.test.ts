import { AggregatorRegistry, Counter, Gauge, Registry } from "prom-client";
import type { OpenMetricsContentType } from "prom-client";
import { createTracker, InvalidOptionError } from "taskscope";
import type { Plugin } from "taskscope";
import { promClient } from "taskscope/prom-client";
import { describe, expect, test } from "vitest";
import { exposedCounts } from "../balance.ts";
import { parseExposition } from "../exposition.ts";

async function spawned(registry: Registry, name: string): Promise<number | undefined> {
  return exposedCounts(await registry.metrics()).get(name)?.spawned;
}

describe("registering in a registry", () => {
  test("the user's registry keeps the user's metrics and gets ours", async () => {
    const registry = new Registry();
    new Gauge({ name: "mine", help: "mine", registers: [registry] }).set(7);
    const plugin = promClient({ registry });
    const tasks = createTracker({ plugins: [plugin] });
    tasks.wrap("work", () => {})();
    expect(plugin.registry).toBe(registry);
    expect(await registry.metrics()).toContain("mine 7");
    expect(await spawned(registry, "work")).toBe(1);
  });

  test("two trackers on one registry add up in one family", async () => {
    const registry = new Registry();
    const first = createTracker({ plugins: [promClient({ registry })] });
    const second = createTracker({ plugins: [promClient({ registry })] });
    for (const tasks of [first, second]) {
      const work = tasks.wrap("work", () => {});
      work();
      work();
    }
    const text = await registry.metrics();
    expect(text.match(/# TYPE taskscope_tasks_spawned_total/g)).toHaveLength(1);
    expect(exposedCounts(text).get("work")?.spawned).toBe(4);
    expect(text).toContain(
      'taskscope_task_duration_seconds_count{task_type="general",task_name="work",outcome="completed"} 4',
    );
    expect(text).toMatch(/taskscope_build_info\{version="[^"]+"\} 1/);
  });

  test("one plugin object may serve several trackers", async () => {
    const plugin = promClient();
    for (const tasks of [createTracker({ plugins: [plugin] }), createTracker({ plugins: [plugin] })]) {
      tasks.wrap("work", () => {})();
    }
    expect(await spawned(plugin.registry, "work")).toBe(2);
  });

  test("trackers with different prefixes stay apart", async () => {
    const registry = new Registry();
    createTracker({ prefix: "alpha", plugins: [promClient({ registry })] }).wrap("work", () => {})();
    createTracker({ prefix: "beta", plugins: [promClient({ registry })] });
    const text = await registry.metrics();
    expect(text).toMatch(/^alpha_tasks_spawned_total\{.*\} 1$/m);
    expect(text).not.toMatch(/^beta_tasks_spawned_total\{/m);
    expect(text).toMatch(/^beta_build_info/m);
  });

  test("a tracker that is shut down takes its numbers along, the last one the metrics", async () => {
    const registry = new Registry();
    const first = createTracker({ plugins: [promClient({ registry })] });
    const second = createTracker({ plugins: [promClient({ registry })] });
    first.wrap("work", () => {})();
    second.wrap("work", () => {})();
    await first.shutdown();
    expect(await spawned(registry, "work")).toBe(1);
    await second.shutdown();
    expect(registry.getMetricsAsArray()).toEqual([]);
    const third = createTracker({ plugins: [promClient({ registry })] });
    third.wrap("work", () => {})();
    expect(await spawned(registry, "work")).toBe(1);
  });

  test("after the registry was cleared, shutting down touches nothing and the next tracker registers again", async () => {
    const registry = new Registry();
    const first = createTracker({ plugins: [promClient({ registry })] });
    registry.clear();
    new Counter({ name: "taskscope_tasks_spawned_total", help: "another's", registers: [registry] });
    await first.shutdown();
    expect(registry.getSingleMetric("taskscope_tasks_spawned_total")).toBeInstanceOf(Counter);
    registry.clear();
    createTracker({ plugins: [promClient({ registry })] }).wrap("work", () => {})();
    expect(await spawned(registry, "work")).toBe(1);
  });

  test("resetMetrics does not reset the tracker's numbers", async () => {
    const plugin = promClient();
    createTracker({ plugins: [plugin] }).wrap("work", () => {})();
    plugin.registry.resetMetrics();
    expect(await spawned(plugin.registry, "work")).toBe(1);
  });

  test("a metric of another maker under one of our names is a configuration error that changes nothing", () => {
    const registry = new Registry();
    new Gauge({ name: "taskscope_tasks_queued", help: "another's", registers: [registry] });
    expect(() => createTracker({ plugins: [promClient({ registry })] })).toThrow(InvalidOptionError);
    expect(() => createTracker({ plugins: [promClient({ registry })] })).toThrow("taskscope_tasks_queued");
    expect(registry.getMetricsAsArray()).toHaveLength(1);
  });

  test("a bad option is named", () => {
    expect(() => promClient({ registry: {} as Registry })).toThrow(/promClient\.registry takes a Registry/);
    expect(() => promClient({ register: new Registry() } as object)).toThrow(
      /promClient\.register takes no value/,
    );
    expect(() => promClient(null as unknown as object)).toThrow(InvalidOptionError);
  });
});

test("a tracker that cannot be read is left out, reported once, and takes nobody's scrape down", async () => {
  const registry = new Registry();
  new Gauge({ name: "mine", help: "mine", registers: [registry] }).set(7);
  const plugin = promClient({ registry });
  const warnings: string[] = [];
  const broken: Plugin = {
    name: "breaks-stats",
    setup: (context) =>
      plugin.setup({
        ...context,
        stats: () => {
          throw new Error("unreadable");
        },
      }),
  };
  createTracker({ diag: { warn: (message) => warnings.push(message) }, plugins: [broken] });
  createTracker({ plugins: [plugin] }).wrap("work", () => {})();
  await registry.metrics();
  expect(await registry.metrics()).toContain("mine 7");
  expect(await spawned(registry, "work")).toBe(1);
  expect(warnings).toHaveLength(1);
});

describe("what a registry can be asked for", () => {
  test("a single metric", async () => {
    const plugin = promClient();
    createTracker({ plugins: [plugin] }).wrap("work", () => {})();
    const text = await plugin.registry.getSingleMetricAsString("taskscope_tasks_spawned_total");
    expect(parseExposition(text).samples).toEqual([
      {
        name: "taskscope_tasks_spawned_total",
        labels: { task_type: "general", task_name: "work" },
        value: 1,
      },
    ]);
    expect(plugin.registry.getSingleMetric("taskscope_tasks_spawned_total")).toHaveProperty("help");
  });

  test("OpenMetrics and plain text, back and forth, with the same names", async () => {
    const registry = new Registry<OpenMetricsContentType>();
    registry.setContentType(Registry.OPENMETRICS_CONTENT_TYPE);
    createTracker({ plugins: [promClient({ registry })] }).wrap("work", () => {})();
    const openMetrics = await registry.metrics();
    expect(openMetrics).toContain("# TYPE taskscope_tasks_spawned counter");
    expect(openMetrics).toMatch(/^taskscope_tasks_spawned_total\{.*\} 1$/m);
    expect(openMetrics).not.toContain("_total_total");
    (registry as unknown as Registry).setContentType(Registry.PROMETHEUS_CONTENT_TYPE);
    const text = await registry.metrics();
    expect(text).toContain("# TYPE taskscope_tasks_spawned_total counter");
    expect(text).toMatch(/^taskscope_tasks_spawned_total\{.*\} 1$/m);
  });

  test("default labels go on every sample", async () => {
    const plugin = promClient();
    createTracker({ plugins: [plugin] }).wrap("work", () => {})();
    plugin.registry.setDefaultLabels({ app: "shop" });
    const { samples } = parseExposition(await plugin.registry.metrics());
    expect(samples.length).toBeGreaterThan(20);
    expect(samples.filter(({ labels }) => labels["app"] !== "shop")).toEqual([]);
  });

  test("JSON from which a cluster adds up counters and buckets, and takes the oldest start", async () => {
    const json: object[] = [];
    for (const startMs of [5_000, 3_000]) {
      const plugin = promClient();
      const clock = { now: () => startMs, epochMs: () => startMs, setTimer: () => ({ cancel: () => {} }) };
      const tasks = createTracker({ plugins: [plugin], clock });
      tasks.wrap("work", () => {})();
      void tasks.run("open", () => new Promise(() => {}));
      json.push(await plugin.registry.getMetricsAsJSON());
    }
    const text = await AggregatorRegistry.aggregate(json).metrics();
    expect(exposedCounts(text).get("work")?.spawned).toBe(2);
    expect(text).toMatch(/^taskscope_task_duration_seconds_bucket\{.*task_name="work".*le="0.005".*\} 2$/m);
    expect(text).toMatch(/^taskscope_oldest_running_task_start_time_seconds\{.*\} 3$/m);
    expect(text).toMatch(/^taskscope_build_info\{.*\} 1$/m);
  });
});
