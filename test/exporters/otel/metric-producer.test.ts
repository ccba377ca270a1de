import type { HrTime } from "@opentelemetry/api";
import { PrometheusExporter, PrometheusSerializer } from "@opentelemetry/exporter-prometheus";
import { AggregationTemporality, DataPointType, MeterProvider } from "@opentelemetry/sdk-metrics";
import type { CollectionResult, Histogram, MetricData, MetricProducer } from "@opentelemetry/sdk-metrics";
import { createTracker, version } from "taskscope";
import type { Plugin } from "taskscope";
import { openTelemetry } from "taskscope/otel";
import { describe, expect, test } from "vitest";
import { expectBalance, exposedCounts, heldCounts } from "../balance.ts";
import { startChurn } from "../churn.ts";

/** The type test: what the plugin gives is a producer of the SDK, without a cast. */
const collect = async (producer: MetricProducer): Promise<CollectionResult> =>
  producer.collect({ timeoutMillis: 100 });

async function metricsOf(producer: MetricProducer): Promise<readonly MetricData[]> {
  const { resourceMetrics } = await collect(producer);
  return resourceMetrics.scopeMetrics.flatMap(({ metrics }) => metrics);
}

interface Times {
  readonly startTime: HrTime;
  readonly endTime: HrTime;
}

const timesOf = (metrics: readonly MetricData[]): Times[] =>
  metrics.flatMap(({ dataPoints }): readonly Times[] => dataPoints);
const toMs = ([seconds, nanoseconds]: HrTime): number => seconds * 1_000 + nanoseconds / 1_000_000;

const find = (metrics: readonly MetricData[], name: string): MetricData => {
  const metric = metrics.find(({ descriptor }) => descriptor.name === name);
  if (metric === undefined) throw new Error(`No metric ${name}`);
  return metric;
};

describe("what a metric reader is handed", () => {
  test("counters rise, gauges that add up are sums that may fall, the rest are gauges", async () => {
    const plugin = openTelemetry();
    const tasks = createTracker({ plugins: [plugin] });
    tasks.wrap("work", () => {})();
    void tasks.run("open", () => new Promise(() => {}));
    const metrics = await metricsOf(plugin.metricProducer());
    expect(find(metrics, "taskscope_tasks_spawned")).toMatchObject({
      descriptor: { unit: "{task}", description: "Tasks accepted, whatever became of them." },
      dataPointType: DataPointType.SUM,
      isMonotonic: true,
      aggregationTemporality: AggregationTemporality.CUMULATIVE,
    });
    expect(find(metrics, "taskscope_tasks_running")).toMatchObject({
      dataPointType: DataPointType.SUM,
      isMonotonic: false,
    });
    const oldest = find(metrics, "taskscope_oldest_running_task_start_time_seconds");
    expect(oldest.dataPointType).toBe(DataPointType.GAUGE);
    expect(oldest.descriptor.unit).toBe("s");
  });

  test("histograms have explicit buckets, in seconds", async () => {
    const plugin = openTelemetry();
    createTracker({ plugins: [plugin] }).wrap("work", () => {})();
    const duration = find(await metricsOf(plugin.metricProducer()), "taskscope_task_duration_seconds");
    expect(duration.dataPointType).toBe(DataPointType.HISTOGRAM);
    const [point] = duration.dataPoints;
    expect(point?.attributes).toEqual({ task_type: "general", task_name: "work", outcome: "completed" });
    expect(point?.value).toMatchObject({
      count: 1,
      buckets: { boundaries: expect.arrayContaining([0.1, 0.25, 2.5]) as number[] },
    });
    const { buckets } = (point as { value: Histogram }).value;
    expect(buckets.counts).toHaveLength(buckets.boundaries.length + 1);
  });

  test("every point says since when it counts, the same at each collection, and when it was read", async () => {
    const plugin = openTelemetry();
    const before = Date.now();
    createTracker({ plugins: [plugin] }).wrap("work", () => {})();
    const setUp = Date.now();
    const producer = plugin.metricProducer();
    const first = timesOf(await metricsOf(producer));
    const after = Date.now();
    const second = timesOf(await metricsOf(producer));
    expect(first.length).toBeGreaterThan(5);
    for (const { startTime, endTime } of first) {
      expect(startTime[1]).toBeLessThan(1e9);
      expect(toMs(startTime)).toBeGreaterThanOrEqual(before);
      expect(toMs(startTime)).toBeLessThanOrEqual(setUp);
      expect(toMs(endTime)).toBeGreaterThanOrEqual(setUp);
      expect(toMs(endTime)).toBeLessThanOrEqual(after);
    }
    expect(second.map(({ startTime }) => startTime)).toEqual(first.map(({ startTime }) => startTime));
  });

  test("the scope is taskscope's", async () => {
    const plugin = openTelemetry();
    createTracker({ plugins: [plugin] });
    const { resourceMetrics, errors } = await collect(plugin.metricProducer());
    expect(resourceMetrics.scopeMetrics.map(({ scope }) => scope)).toEqual([{ name: "taskscope", version }]);
    expect(errors).toEqual([]);
  });

  test("a prefix of one's own, and trackers with different prefixes side by side", async () => {
    const plugin = openTelemetry();
    createTracker({ prefix: "alpha", plugins: [plugin] });
    createTracker({ prefix: "beta", plugins: [plugin] });
    const names = (await metricsOf(plugin.metricProducer())).map(({ descriptor }) => descriptor.name);
    expect(names).toEqual(expect.arrayContaining(["alpha_build_info", "beta_build_info"]));
  });
});

describe("several collections and trackers", () => {
  test("each collection is one instant, the one it was asked at, while tasks start and end in every microtask", async () => {
    const plugin = openTelemetry();
    const reader = new PrometheusExporter({
      metricProducers: [plugin.metricProducer()],
      preventServerStart: true,
    });
    const provider = new MeterProvider({ readers: [reader] });
    const serializer = new PrometheusSerializer();
    const [first, second] = [createTracker({ plugins: [plugin] }), createTracker({ plugins: [plugin] })];
    const churns = [startChurn(first), startChurn(second)];
    for (let scrape = 0; scrape < 50; scrape += 1) {
      await null;
      const held = heldCounts(first, second);
      const { resourceMetrics, errors } = await reader.collect();
      const exposed = exposedCounts(serializer.serialize(resourceMetrics));
      expect(errors).toEqual([]);
      expectBalance(exposed);
      expect(exposed).toEqual(held);
    }
    await Promise.all(churns.map((churn) => churn.stop()));
    await provider.shutdown();
  });

  test("the numbers of the last tracker outlive its shutdown, for an SDK that is shut down after it", async () => {
    const plugin = openTelemetry();
    const producer = plugin.metricProducer();
    const tasks = createTracker({ plugins: [plugin] });
    tasks.wrap("work", () => {})();
    await tasks.shutdown();
    const spawned = find(await metricsOf(producer), "taskscope_tasks_spawned");
    expect(spawned.dataPoints.map(({ value }) => value)).toEqual([1]);
    createTracker({ plugins: [plugin] });
    expect(
      (await metricsOf(producer)).some(({ descriptor }) => descriptor.name === "taskscope_tasks_spawned"),
    ).toBe(false);
  });

  test("before any tracker, a collection is empty", async () => {
    const { resourceMetrics, errors } = await collect(openTelemetry().metricProducer());
    expect(resourceMetrics.scopeMetrics).toEqual([]);
    expect(errors).toEqual([]);
  });

  test("a tracker that cannot be read is left out and reported, and the collection succeeds", async () => {
    const plugin = openTelemetry({ spans: false });
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
    createTracker({ plugins: [broken] });
    createTracker({ plugins: [plugin] }).wrap("work", () => {})();
    const { resourceMetrics, errors } = await collect(plugin.metricProducer());
    expect(errors).toEqual([new Error("unreadable")]);
    expect(resourceMetrics.scopeMetrics).toHaveLength(1);
  });
});
