import { expect } from "vitest";
import type { Tracker } from "taskscope";
import { parseExposition } from "./exposition.ts";

const counts = ["spawned", "queued", "running", "completed", "failed", "cancelled"] as const;
type Counts = Record<(typeof counts)[number], number>;

const metricNames: Readonly<Record<keyof Counts, string>> = {
  spawned: "taskscope_tasks_spawned_total",
  queued: "taskscope_tasks_queued",
  running: "taskscope_tasks_running",
  completed: "taskscope_tasks_completed_total",
  failed: "taskscope_tasks_failed_total",
  cancelled: "taskscope_tasks_cancelled_total",
};

/** The counts of every series in a scrape, by name. */
export function exposedCounts(text: string): Map<string, Counts> {
  const all = new Map<string, Counts>();
  for (const { name, labels, value } of parseExposition(text).samples) {
    const key = counts.find((each) => metricNames[each] === name);
    if (key === undefined) continue;
    const series = labels["task_name"] ?? "";
    const ofSeries = all.get(series) ?? noCounts();
    ofSeries[key] += value;
    all.set(series, ofSeries);
  }
  return all;
}

/** The same counts as the trackers hold them now, added up. */
export function heldCounts(...trackers: readonly Tracker[]): Map<string, Counts> {
  const all = new Map<string, Counts>();
  for (const series of trackers.flatMap((tracker) => tracker.stats().bySeries)) {
    const ofSeries = all.get(series.name) ?? noCounts();
    for (const key of counts) ofSeries[key] += series[key];
    all.set(series.name, ofSeries);
  }
  return all;
}

/** Fails unless, in every series, all that was spawned is somewhere. */
export function expectBalance(all: ReadonlyMap<string, Counts>): void {
  for (const [name, { spawned, queued, running, completed, failed, cancelled }] of all) {
    expect(queued + running + completed + failed + cancelled, name).toBe(spawned);
  }
}

function noCounts(): Counts {
  return { spawned: 0, queued: 0, running: 0, completed: 0, failed: 0, cancelled: 0 };
}
