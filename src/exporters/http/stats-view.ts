import { basename } from "node:path";
import { histogramQuantile, sumCounts } from "../../plugin/index.ts";
import type { StatsSnapshot } from "../../stats/index.ts";
import { BucketsSum } from "./buckets-sum.ts";
import type { BucketsView } from "./buckets-sum.ts";
import type { FeedCounts } from "./event-feed.ts";
import { countsView, recordOf } from "./series-view.ts";
import type { CountsView } from "./series-view.ts";
import { forEachSeries } from "./slices.ts";

/** Which process answers. */
export interface ProcessView {
  readonly pid: number;
  /** The file that it was started with, without its folder: `server.js`. */
  readonly name: string;
  readonly startedAtMs: number;
}

/** The body of `GET /stats`. */
export interface StatsView {
  readonly atMs: number;
  readonly process: ProcessView;
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

/** The numbers of all trackers in total and by type. Those of the snapshot, whenever it comes to them. */
export async function statsView(snapshot: StatsSnapshot, streams: FeedCounts): Promise<StatsView> {
  const atMs = Date.now();
  const counts: (CountsView & { readonly type: string })[] = [];
  const duration = new BucketsSum();
  await forEachSeries(snapshot.series, (series) => {
    counts.push({ type: series.type, ...countsView(series) });
    const { completed, failed, cancelled } = series.durations;
    for (const histogram of [completed, failed, cancelled])
      if (histogram !== undefined) duration.add(histogram);
  });
  const { eventLoop, trackerTasks } = snapshot;
  return {
    atMs,
    process: {
      pid: process.pid,
      name: basename(process.argv[1] ?? process.title),
      startedAtMs: Math.round(performance.timeOrigin),
    },
    ...sumCounts(counts),
    series: snapshot.series.length,
    seriesOverflow: snapshot.seriesOverflow,
    tracker: { ...trackerTasks, memoryBytes: snapshot.memoryBytes },
    limits: recordOf(snapshot.limits),
    duration: duration.view(),
    eventLoop: {
      delay: new BucketsSum().add(eventLoop.delay).view(),
      p50Seconds: histogramQuantile(eventLoop.delay, 0.5),
      p99Seconds: histogramQuantile(eventLoop.delay, 0.99),
    },
    pluginErrors: recordOf(snapshot.pluginErrors),
    eventsDropped: recordOf(snapshot.eventsDropped),
    streams,
  };
}
