import type { MetricReader } from "@opentelemetry/sdk-metrics";
import type { Registry } from "prom-client";
import type { TaskCounts } from "../bench-case.ts";

/** Names of the metrics that hold the counts, without suffixes. */
export type CountNames = Record<keyof TaskCounts, string>;

/** Adds up, over all series, what a reader's collection says. Throws on a collection with errors. */
export async function countsFromReader(reader: MetricReader, names: CountNames): Promise<TaskCounts> {
  const { resourceMetrics, errors } = await reader.collect();
  if (errors.length > 0) throw new AggregateError(errors, "the reader's collection failed");
  const values = new Map<string, number>();
  for (const { descriptor, dataPoints } of resourceMetrics.scopeMetrics.flatMap(({ metrics }) => metrics)) {
    let sum = 0;
    for (const { value } of dataPoints) sum += typeof value === "number" ? value : value.count;
    values.set(descriptor.name, sum);
  }
  return pick(values, names);
}

/** Adds up, over all series, what the registry says. */
export async function countsFromRegistry(registry: Registry, names: CountNames): Promise<TaskCounts> {
  const values = new Map<string, number>();
  for (const { name, values: samples } of await registry.getMetricsAsJSON()) {
    let sum = 0;
    for (const sample of samples as readonly {
      value: number;
      metricName?: string;
    }[]) {
      const isCountOrPlain = sample.metricName === undefined || !/_(?:bucket|sum)$/.test(sample.metricName);
      if (isCountOrPlain) sum += sample.value;
    }
    values.set(name.replace(/_total$/, ""), sum);
  }
  return pick(values, names);
}

/** Adds up, over all series, what a page in Prometheus' text format says. */
export function countsFromText(text: string, names: CountNames): TaskCounts {
  const values = new Map<string, number>();
  for (const [, sample = "", value] of text.matchAll(/^(\w+)(?:\{.*\})? (\S+)$/gm)) {
    const name = sample.replace(/_(?:total|count)$/, "");
    values.set(name, (values.get(name) ?? 0) + Number(value));
  }
  return pick(values, names);
}

function pick(values: ReadonlyMap<string, number>, names: CountNames): TaskCounts {
  const value = (name: string): number => values.get(name) ?? 0;
  return {
    spawned: value(names.spawned),
    running: value(names.running),
    completed: value(names.completed),
    failed: value(names.failed),
    durations: value(names.durations),
  };
}
