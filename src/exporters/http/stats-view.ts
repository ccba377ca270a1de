import { histogramQuantile } from "../../plugin/index.ts";
import type { StatsSnapshot } from "../../stats/index.ts";
import type { ApiTrackers } from "./api-trackers.ts";
import type { FeedCounts } from "./event-feed.ts";
import { seriesViews } from "./series-view.ts";
import type { CountsView } from "./series-view.ts";

/** The body of `GET /stats`. */
export interface StatsView {
  readonly atMs: number;
  readonly total: CountsView;
  readonly byType: Readonly<Record<string, CountsView>>;
  readonly series: number;
  readonly seriesOverflow: number;
  readonly tracker: {
    readonly queued: number;
    readonly running: number;
    readonly finished: number;
    readonly memoryBytes: number;
  };
  readonly limits: Readonly<Record<string, number>>;
  readonly eventLoop: { readonly p50Seconds: number | undefined; readonly p99Seconds: number | undefined };
  readonly pluginErrors: Readonly<Record<string, number>>;
  readonly eventsDropped: Readonly<Record<string, number>>;
  readonly streams: FeedCounts;
}

/** The numbers of all trackers in total and by type. */
export function statsView(trackers: ApiTrackers, streams: FeedCounts): StatsView {
  const snapshots = trackers.snapshots();
  const series = seriesViews(snapshots);
  const byType = Object.create(null) as Record<string, CountsView>;
  let total = noCounts;
  for (const each of series) {
    byType[each.type] = addCounts(byType[each.type] ?? noCounts, each);
    total = addCounts(total, each);
  }
  const add = (of: (snapshot: StatsSnapshot) => number): number =>
    snapshots.reduce((sum, each) => sum + of(each), 0);
  const delay = snapshots[0]?.eventLoop.delay;
  return {
    atMs: Date.now(),
    total,
    byType,
    series: series.length,
    seriesOverflow: add(({ seriesOverflow }) => seriesOverflow),
    tracker: {
      queued: add(({ trackerTasks }) => trackerTasks.queued),
      running: add(({ trackerTasks }) => trackerTasks.running),
      finished: add(({ trackerTasks }) => trackerTasks.finished),
      memoryBytes: add(({ memoryBytes }) => memoryBytes),
    },
    limits: addMaps(snapshots.map(({ limits }) => limits)),
    eventLoop: {
      p50Seconds: delay === undefined ? undefined : histogramQuantile(delay, 0.5),
      p99Seconds: delay === undefined ? undefined : histogramQuantile(delay, 0.99),
    },
    pluginErrors: addMaps(snapshots.map(({ pluginErrors }) => pluginErrors)),
    eventsDropped: addMaps(snapshots.map(({ eventsDropped }) => eventsDropped)),
    streams,
  };
}

const noCounts: CountsView = {
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

function addCounts(a: CountsView, b: CountsView): CountsView {
  return {
    spawned: a.spawned + b.spawned,
    queued: a.queued + b.queued,
    running: a.running + b.running,
    completed: a.completed + b.completed,
    failed: a.failed + b.failed,
    cancelled: a.cancelled + b.cancelled,
    rejected: a.rejected + b.rejected,
    restarted: a.restarted + b.restarted,
    lost: a.lost + b.lost,
    stuck: a.stuck + b.stuck,
    unresponsive: a.unresponsive + b.unresponsive,
  };
}

function addMaps(maps: readonly ReadonlyMap<string, number>[]): Readonly<Record<string, number>> {
  // Without a prototype, so that any type is only a key.
  const sums = Object.create(null) as Record<string, number>;
  for (const map of maps) for (const [key, value] of map) sums[key] = (sums[key] ?? 0) + value;
  return sums;
}
