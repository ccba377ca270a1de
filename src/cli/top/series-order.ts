import type { SeriesRow } from "./number-history.ts";

/** What series can be sorted by: the most first, and names from `a` on. */
export const seriesOrders = ["running", "started", "failed", "p99", "oldest", "name"] as const;
export type SeriesOrder = (typeof seriesOrders)[number];

/** Sorts series; those that are equal by name and type, so that they stay where they are. */
export function sortSeries(
  all: readonly SeriesRow[],
  order: SeriesOrder,
  isReversed: boolean,
): readonly SeriesRow[] {
  const sign = isReversed ? -1 : 1;
  return all.toSorted((a, b) => {
    const byValue = order === "name" ? 0 : valueOf(b, order) - valueOf(a, order);
    return sign * (byValue === 0 ? compareNames(a, b) : byValue);
  });
}

function compareNames(a: SeriesRow, b: SeriesRow): number {
  if (a.name !== b.name) return a.name < b.name ? -1 : 1;
  return a.type < b.type ? -1 : 1;
}

function valueOf(series: SeriesRow, order: Exclude<SeriesOrder, "name">): number {
  switch (order) {
    case "running":
      return series.running;
    case "started":
      return series.perSecond ?? 0;
    case "failed":
      return series.failed;
    case "p99":
      return series.duration.p99Seconds ?? -1;
    case "oldest":
      return -(series.oldestStartedAtMs ?? Number.MAX_SAFE_INTEGER);
  }
}
