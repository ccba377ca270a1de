import type { SeriesStats } from "./series-stats.ts";
import type { TaskCounts, TrackerStats } from "./snapshot.ts";

type Counts = { -readonly [Key in keyof TaskCounts]: TaskCounts[Key] };

const countKeys = [
  "spawned",
  "queued",
  "running",
  "completed",
  "failed",
  "cancelled",
  "rejected",
  "restarted",
  "lost",
  "stuck",
  "unresponsive",
] as const satisfies readonly (keyof TaskCounts)[];

function noCounts(): Counts {
  return {
    spawned: 0,
    queued: 0,
    running: 0,
    completed: 0,
    failed: 0,
    cancelled: 0,
    rejected: 0,
    restarted: 0,
    lost: 0,
    stuck: 0,
    unresponsive: 0,
  };
}

/** Adds up counts, in total and by type. */
export function sumCounts(
  all: readonly (TaskCounts & { readonly type: string })[],
): Pick<TrackerStats, "total" | "byType"> {
  const total = noCounts();
  // Without a prototype, so that any type is only a key.
  const byType = Object.create(null) as Record<string, Counts>;
  for (const counts of all) {
    const ofType = (byType[counts.type] ??= noCounts());
    for (const key of countKeys) {
      ofType[key] += counts[key];
      total[key] += counts[key];
    }
  }
  return { total, byType };
}

/** The counts of one tracker, in total, by type and by series. */
export function summariseSeries(all: readonly SeriesStats[]): TrackerStats {
  const bySeries = all.map((series) => {
    const counts = noCounts();
    for (const key of countKeys) counts[key] = series[key];
    return { type: series.type, name: series.name, ...counts };
  });
  return { ...sumCounts(bySeries), bySeries };
}
