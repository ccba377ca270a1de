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

/** Adds up the series of one tracker, in total and by type. */
export function summariseSeries(all: readonly SeriesStats[]): TrackerStats {
  const total = noCounts();
  const byType = Object.create(null) as Record<string, Counts>;
  const bySeries = all.map((series) => {
    const counts = noCounts();
    const ofType = (byType[series.type] ??= noCounts());
    for (const key of countKeys) {
      const count = series[key];
      counts[key] = count;
      ofType[key] += count;
      total[key] += count;
    }
    return { type: series.type, name: series.name, ...counts };
  });
  return { total, byType, bySeries };
}
