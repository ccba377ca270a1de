import { histogramQuantile, sumCounts } from "../../plugin/index.ts";
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
  const { eventLoop, trackerTasks } = snapshot;
  return {
    atMs: Date.now(),
    ...sumCounts(snapshot.series.map(seriesView)),
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
