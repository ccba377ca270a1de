import type { HrTime } from "@opentelemetry/api";
import { AggregationTemporality, DataPointType } from "@opentelemetry/sdk-metrics";
import type { Histogram, MetricData, MetricProducer } from "@opentelemetry/sdk-metrics";
import { createTracker } from "taskscope";
import type { Tracker } from "taskscope";
import { openTelemetry } from "taskscope/otel";
import { ManualClock } from "taskscope/testing";
import { expect, test } from "vitest";

async function read(producer: MetricProducer): Promise<Map<string, MetricData>> {
  const { resourceMetrics, errors } = await producer.collect();
  expect(errors).toEqual([]);
  const all = resourceMetrics.scopeMetrics.flatMap(({ metrics }) => metrics);
  return new Map(all.map((metric) => [metric.descriptor.name, metric]));
}

const valuesOf = (metric: MetricData | undefined): unknown[] =>
  (metric?.dataPoints ?? []).map(({ value }) => value);
const before = ([s1, n1]: HrTime, [s2, n2]: HrTime): boolean => s1 < s2 || (s1 === s2 && n1 <= n2);

test("deltas count since the last collection of that producer; gauges stay what they are", async () => {
  const clock = new ManualClock();
  const plugin = openTelemetry();
  const tasks = createTracker({ clock, plugins: [plugin] });
  const [delta, other] = [0, 1].map(() => plugin.metricProducer({ temporality: "delta" }));
  if (delta === undefined || other === undefined) throw new Error("no producers");
  const work = tasks.wrap({ name: "work" }, () => {});
  const open = tasks.open("upload");
  open.start();
  for (let call = 0; call < 3; call += 1) work();
  const first = await read(delta);
  expect(valuesOf(first.get("taskscope_tasks_spawned"))).toEqual([3, 1]);
  work();
  await clock.advance(2_000);
  open.complete();
  const second = await read(delta);
  expect(second.get("taskscope_tasks_completed")).toMatchObject({
    dataPointType: DataPointType.SUM,
    isMonotonic: true,
    aggregationTemporality: AggregationTemporality.DELTA,
    dataPoints: [
      { attributes: { task_name: "work" }, value: 1 },
      { attributes: { task_name: "upload" }, value: 1 },
    ],
  });
  expect(second.get("taskscope_tasks_running")).toMatchObject({
    isMonotonic: false,
    aggregationTemporality: AggregationTemporality.CUMULATIVE,
    dataPoints: [{ value: 0 }, { value: 0 }],
  });
  expect(second.get("taskscope_build_info")?.dataPointType).toBe(DataPointType.GAUGE);
  expect(valuesOf(second.get("taskscope_tasks_spawned"))).toEqual([1, 0]);
  expect(valuesOf(await read(other).then((all) => all.get("taskscope_tasks_spawned")))).toEqual([4, 1]);
});

test("histograms of deltas hold what fell in since; without any they are left out", async () => {
  const clock = new ManualClock();
  const plugin = openTelemetry();
  const tasks = createTracker({ clock, plugins: [plugin] });
  const producer = plugin.metricProducer({ temporality: "delta" });
  const name = "taskscope_task_duration_seconds";
  const takes = async (ms: number): Promise<void> => {
    const task = tasks.open("upload");
    task.start();
    await clock.advance(ms);
    task.complete();
  };
  await takes(20);
  await read(producer);
  await takes(3_000);
  await takes(3_000);
  const [point, ...more] = (await read(producer)).get(name)?.dataPoints ?? [];
  if (point === undefined) throw new Error("no point");
  const { buckets, ...totals } = point.value as Histogram;
  expect(more).toEqual([]);
  expect(totals).toEqual({ count: 2, sum: 6 });
  expect(buckets.counts.filter((count) => count > 0)).toEqual([2]);
  expect(buckets.counts[buckets.boundaries.indexOf(5)]).toBe(2);
  expect((await read(producer)).has(name)).toBe(false);
});

test("each delta begins where the one before ended; the first, and gauges, with the tracker", async () => {
  const plugin = openTelemetry();
  const producer = plugin.metricProducer({ temporality: "delta" });
  createTracker({ plugins: [plugin] }).wrap("work", () => {})();
  const collections = [await read(producer), await read(producer), await read(producer)];
  const times = collections.map((all) => {
    const point = all.get("taskscope_tasks_spawned")?.dataPoints[0];
    if (point === undefined) throw new Error("no point");
    return point;
  });
  for (const [index, { startTime, endTime }] of times.entries()) {
    expect(before(startTime, endTime)).toBe(true);
    if (index > 0) expect(startTime).toEqual(times[index - 1]?.endTime);
  }
  const running = collections.map((all) => all.get("taskscope_tasks_running")?.dataPoints[0]?.startTime);
  expect(running).toEqual(Array.from(running, () => times[0]?.startTime));
});

test("a tracker that leaves takes its counts along, and no delta is below nothing", async () => {
  const plugin = openTelemetry();
  const producer = plugin.metricProducer({ temporality: "delta" });
  const [one, two] = [createTracker({ plugins: [plugin] }), createTracker({ plugins: [plugin] })];
  const works = [one, two].map((tasks) => tasks.wrap({ name: "work" }, () => {}));
  for (const work of works) work();
  await read(producer);
  await one.shutdown();
  const afterwards = await read(producer);
  expect(valuesOf(afterwards.get("taskscope_tasks_spawned"))).toEqual([0]);
  expect(afterwards.has("taskscope_task_duration_seconds")).toBe(false);
  works[1]?.();
  expect(valuesOf((await read(producer)).get("taskscope_tasks_spawned"))).toEqual([1]);
});

test("deltas lose and double nothing while trackers come and go", async () => {
  const plugin = openTelemetry();
  const producer = plugin.metricProducer({ temporality: "delta" });
  const spawned = async (): Promise<unknown[]> => {
    const all = await read(producer);
    const durations = all.get("taskscope_task_duration_seconds")?.dataPoints ?? [];
    const counts = durations.map(({ value }) => (value as Histogram).count);
    const deltas = valuesOf(all.get("taskscope_tasks_spawned"));
    expect(counts).toEqual(deltas.filter((delta) => delta !== 0));
    return deltas;
  };
  const start = (prefix = "taskscope"): { tasks: Tracker; work: (times: number) => void } => {
    const tasks = createTracker({ prefix, plugins: [plugin] });
    const call = tasks.wrap({ name: "work" }, () => {});
    return { tasks, work: (times) => Array.from({ length: times }, () => call()) };
  };
  const [one, two, other] = [start(), start(), start("other")];
  one.work(100);
  two.work(50);
  expect(await spawned()).toEqual([150]);
  one.work(10);
  two.work(3);
  other.work(4);
  await one.tasks.shutdown();
  expect(await spawned()).toEqual([13]);
  two.work(5);
  await two.tasks.shutdown();
  // The last of its prefix, but not of all.
  expect(await spawned()).toEqual([5]);
  await other.tasks.shutdown();
  const next = start();
  next.work(7);
  expect(await spawned()).toEqual([7]);
  // One that leaves and comes back before it is read goes on.
  const bare = createTracker();
  const remove = bare.use(plugin);
  const call = bare.wrap({ name: "work" }, () => {});
  call();
  await remove();
  call();
  bare.use(plugin);
  expect(await spawned()).toEqual([2]);
});

test("trackers that left unread are kept as one, and still counted", async () => {
  const plugin = openTelemetry();
  const producer = plugin.metricProducer({ temporality: "delta" });
  for (let tracker = 0; tracker < 25; tracker += 1) {
    const tasks = createTracker({ plugins: [plugin] });
    tasks.wrap({ name: "work" }, () => {})();
    await tasks.shutdown();
  }
  expect(valuesOf((await read(producer)).get("taskscope_tasks_spawned"))).toEqual([25]);
  expect(valuesOf((await read(producer)).get("taskscope_tasks_spawned"))).toEqual([0]);
});

test("refuses a temporality that is none", () => {
  const plugin = openTelemetry();
  expect(() => plugin.metricProducer({ temporality: "lowmemory" as "delta" })).toThrow(
    expect.objectContaining({ option: "metricProducer.temporality" }),
  );
});
