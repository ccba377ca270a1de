import { expect } from "vitest";
import { parseExposition } from "../exporters/exposition.ts";
import type { ExposedSample } from "../exporters/exposition.ts";

/** Scrapes as Prometheus does: what it gets must say what it is. */
export async function scrapeText(url: string): Promise<string> {
  const response = await fetch(url);
  expect(response.headers.get("content-type")).toMatch(/^text\/plain; version=0\.0\.4/);
  return response.text();
}

export async function scrape(url: string): Promise<readonly ExposedSample[]> {
  return parseExposition(await scrapeText(url)).samples;
}

/** The values of one metric, by `type/name` of the tasks. */
export function valuesOf(samples: readonly ExposedSample[], metric: string): Map<string, number> {
  const ofMetric = samples.filter((sample) => sample.name === metric);
  return new Map(
    ofMetric.map(({ labels, value }) => [`${labels["task_type"]}/${labels["task_name"]}`, value]),
  );
}

/** Fails unless, in every series, all that was spawned is somewhere. */
export function expectBalance(samples: readonly ExposedSample[]): void {
  const spawned = valuesOf(samples, "taskscope_tasks_spawned_total");
  expect(spawned.size).toBeGreaterThan(0);
  const states = ["queued", "running", "completed_total", "failed_total", "cancelled_total"];
  const parts = states.map((state) => valuesOf(samples, `taskscope_tasks_${state}`));
  for (const [series, count] of spawned) {
    const sum = parts.reduce((total, part) => total + (part.get(series) ?? Number.NaN), 0);
    expect(sum, series).toBe(count);
  }
}

/** Every `name{label,label}` there is, sorted, apart from what OpenTelemetry adds of its own. */
export function namesAndLabels(samples: readonly ExposedSample[]): string[] {
  // A machine that is busy may block the loop between the scrapes of two routes, and the first block makes a series.
  const sometimes = ["target_info", "taskscope_event_loop_blocked_seconds_total"];
  const ours = samples.filter((sample) => !sometimes.includes(sample.name));
  const shapes = ours.map(({ name, labels }) => {
    const keys = Object.keys(labels).filter((label) => !label.startsWith("otel_scope_"));
    return `${name}{${keys.toSorted().join(",")}}`;
  });
  return [...new Set(shapes)].toSorted();
}
