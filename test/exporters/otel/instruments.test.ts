import { metrics } from "@opentelemetry/api";
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from "@opentelemetry/sdk-metrics";
import type { MetricData } from "@opentelemetry/sdk-metrics";
import { createTracker } from "taskscope";
import { openTelemetry } from "taskscope/otel";
import { ManualClock } from "taskscope/testing";
import { afterEach, expect, test, vi } from "vitest";

afterEach(() => metrics.disable());

interface Sdk {
  readonly provider: MeterProvider;
  read(): Promise<Map<string, MetricData>>;
}

/** A real SDK, as somebody else would set it up. */
function makeSdk(temporality = AggregationTemporality.CUMULATIVE): Sdk {
  const exporter = new InMemoryMetricExporter(temporality);
  const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000 });
  const provider = new MeterProvider({ readers: [reader] });
  return {
    provider,
    async read() {
      exporter.reset();
      await reader.forceFlush();
      const all = exporter
        .getMetrics()
        .flatMap(({ scopeMetrics }) => scopeMetrics.flatMap((scope) => scope.metrics));
      return new Map(all.map((metric) => [metric.descriptor.name, metric]));
    },
  };
}

test("an SDK that is registered after the tracker gets the counts of before, and histograms from then on", async () => {
  const clock = new ManualClock();
  const tasks = createTracker({ clock, plugins: [openTelemetry({ instruments: true })] });
  tasks.wrap("work", () => {})();
  await clock.advance(60_000);
  const sdk = makeSdk();
  metrics.setGlobalMeterProvider(sdk.provider);
  tasks.wrap("work", () => {})();
  expect((await sdk.read()).size).toBe(0);
  await clock.advance(10_000);
  expect(clock.pending.keptAlive).toBe(0);
  tasks.wrap("work", () => {})();
  await tasks.run("managed", () => {});
  const read = await sdk.read();
  expect(read.get("taskscope_tasks_spawned")?.dataPoints.map(({ value }) => value)).toEqual([3, 1]);
  expect(read.get("taskscope_task_duration_seconds")?.dataPoints).toMatchObject([
    { attributes: { task_name: "work" }, value: { count: 1 } },
    { attributes: { task_name: "managed" }, value: { count: 1 } },
  ]);
  expect(read.get("taskscope_task_spawn_latency_seconds")?.dataPoints).toMatchObject([
    { attributes: { task_type: "general", task_name: "managed" }, value: { count: 1 } },
  ]);
});

test("without histograms nothing is recorded, and the rest is there", async () => {
  const sdk = makeSdk();
  const plugin = openTelemetry({ instruments: { meterProvider: sdk.provider, histograms: false } });
  const tasks = createTracker({ plugins: [plugin] });
  await tasks.run("work", () => {});
  const read = await sdk.read();
  expect(read.get("taskscope_tasks_completed")?.dataPoints[0]?.value).toBe(1);
  expect([...read.keys()].filter((name) => /duration|latency/.test(name))).toEqual([]);
});

test("an SDK that wants deltas gets them", async () => {
  const sdk = makeSdk(AggregationTemporality.DELTA);
  const tasks = createTracker({ plugins: [openTelemetry({ instruments: { meterProvider: sdk.provider } })] });
  const spawned = async (): Promise<unknown> =>
    (await sdk.read()).get("taskscope_tasks_spawned")?.dataPoints[0]?.value;
  const work = tasks.wrap({ name: "work" }, () => {});
  work();
  work();
  expect(await spawned()).toBe(2);
  work();
  expect(await spawned()).toBe(1);
});

test("trackers share instruments by prefix, in one snapshot each, and the last numbers stay readable", async () => {
  const sdk = makeSdk();
  const plugin = openTelemetry({ instruments: { meterProvider: sdk.provider } });
  const trackers = ["taskscope", "taskscope", "other"].map((prefix) =>
    createTracker({ prefix, plugins: [plugin] }),
  );
  for (const tasks of trackers) tasks.wrap("work", () => {})();
  const read = await sdk.read();
  expect(read.get("taskscope_tasks_spawned")?.dataPoints.map(({ value }) => value)).toEqual([2]);
  expect(read.get("other_tasks_spawned")?.dataPoints.map(({ value }) => value)).toEqual([1]);
  for (const tasks of trackers) await tasks.shutdown();
  expect((await sdk.read()).get("other_tasks_completed")?.dataPoints[0]?.value).toBe(1);
});

test("names beyond the limit are recorded as the overflow series, like all else", async () => {
  const sdk = makeSdk();
  const plugin = openTelemetry({ instruments: { meterProvider: sdk.provider } });
  const tasks = createTracker({ limits: { maxSeries: 1 }, diag: { warn: () => {} }, plugins: [plugin] });
  for (const name of ["first", "second", "third"]) tasks.wrap(name, () => {})();
  const names = (await sdk.read()).get("taskscope_task_duration_seconds")?.dataPoints;
  expect(names?.map(({ attributes }) => attributes["task_name"])).toEqual(["first", "__other__"]);
});

test("turned off, nothing is observed or recorded", async () => {
  const sdk = makeSdk();
  const plugin = openTelemetry({ instruments: { meterProvider: sdk.provider } });
  const tasks = createTracker({ plugins: [plugin] });
  plugin.configure({ metrics: false });
  await tasks.run("work", () => {});
  expect((await sdk.read()).size).toBe(0);
});

test("an instrument that throws harms no task", async () => {
  const sdk = makeSdk();
  const meter = sdk.provider.getMeter("broken");
  vi.spyOn(meter, "createHistogram").mockReturnValue({
    record: () => {
      throw new Error("broken");
    },
  });
  const plugin = openTelemetry({ instruments: { meterProvider: { getMeter: () => meter } } });
  const tasks = createTracker({ diag: { warn: () => {} }, plugins: [plugin] });
  expect(await tasks.run("work", () => 1)).toBe(1);
  expect(tasks.wrap("observed", () => 2)()).toBe(2);
});

test("an SDK that is registered later and throws ends no process: it is given up with a warning", async () => {
  const clock = new ManualClock();
  const warnings: string[] = [];
  const diag = { warn: (message: string) => void warnings.push(message) };
  const tasks = createTracker({ clock, diag, plugins: [openTelemetry({ instruments: true })] });
  metrics.setGlobalMeterProvider({
    getMeter: () => {
      throw new Error("broken provider");
    },
  });
  await clock.advance(60_000);
  expect(warnings).toEqual(["openTelemetry() could not make its instruments; metrics are missing"]);
  expect(tasks.wrap("work", () => 1)()).toBe(1);
});
