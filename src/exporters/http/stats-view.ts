import { histogramQuantile } from "../../plugin/index.ts";
import type { StatsSnapshot } from "../../stats/index.ts";
import { bucketsView } from "./buckets-view.ts";
import type { BucketsView } from "./buckets-view.ts";
import type { FeedCounts } from "./event-feed.ts";
import { recordOf, seriesView } from "./series-view.ts";
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
  /** How long ended tasks took, whatever the outcome. */
  readonly duration: BucketsView;
  readonly eventLoop: {
    readonly p50Seconds: number | undefined;
    readonly p99Seconds: number | undefined;
    readonly delay: BucketsView;
  };
  readonly pluginErrors: Readonly<Record<string, number>>;
  readonly eventsDropped: Readonly<Record<string, number>>;
  readonly streams: FeedCounts;
}

/** The numbers of all trackers in total and by type. */
export function statsView(snapshot: StatsSnapshot, streams: FeedCounts): StatsView {
  // Without a prototype, so that any type is only a key.
  const byType = Object.create(null) as Record<string, CountsView>;
  let total = noCounts;
  for (const series of snapshot.series.map(seriesView)) {
    byType[series.type] = addCounts(byType[series.type] ?? noCounts, series);
    total = addCounts(total, series);
  }
  const { eventLoop, trackerTasks } = snapshot;
  return {
    atMs: Date.now(),
    total,
    byType,
    series: snapshot.series.length,
    seriesOverflow: snapshot.seriesOverflow,
    tracker: { ...trackerTasks, memoryBytes: snapshot.memoryBytes },
    limits: recordOf(snapshot.limits),
    duration: bucketsView(snapshot.series.flatMap(({ durations }) => Object.values(durations))),
    eventLoop: {
      delay: bucketsView([eventLoop.delay]),
      p50Seconds: histogramQuantile(eventLoop.delay, 0.5),
      p99Seconds: histogramQuantile(eventLoop.delay, 0.99),
    },
    pluginErrors: recordOf(snapshot.pluginErrors),
    eventsDropped: recordOf(snapshot.eventsDropped),
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
