import { metrics } from "../../metrics/index.ts";
import type { SeriesSnapshot, StatsSnapshot } from "../../stats/index.ts";
import type { Unfinished } from "./protocol.ts";

/** The error type of tasks that ended with the member that ran them. */
const LOST = "lost";

/**
 * What stays of a member that is gone: its counters and histograms, without its gauges. Tasks that had not ended by its
 * last report end here, so that the books balance: as cancelled when their tracker was shut down before, else as failed,
 * of the error type `lost`, and lost they are counted. Their durations are not known and not counted.
 */
export function retire(last: StatsSnapshot, unfinished: Unfinished): StatsSnapshot {
  return {
    memoryBytes: 0,
    cleanups: last.cleanups,
    eventLoop: last.eventLoop,
    otherLoops: last.otherLoops,
    groupFailures: last.groupFailures,
    series: last.series.map((series) => retireSeries(series, unfinished)),
    trackerTasks: { queued: 0, running: 0, finished: 0 },
    pluginErrors: last.pluginErrors,
    eventsDropped: last.eventsDropped,
    limits: new Map(),
    expectedMs: new Map(),
    seriesOverflow: last.seriesOverflow,
    contributed: last.contributed.filter(({ metric }) => metrics[metric].type === "counter"),
  };
}

function retireSeries(series: SeriesSnapshot, unfinished: Unfinished): SeriesSnapshot {
  const left = series.queued + series.running;
  const gone = { ...series, queued: 0, running: 0, unresponsive: 0, stuck: 0, oldestStartedAtMs: undefined };
  if (left === 0) return gone;
  if (unfinished === "cancelled") return { ...gone, cancelled: series.cancelled + left };
  const errors = new Map(series.errors).set(LOST, (series.errors.get(LOST) ?? 0) + left);
  return { ...gone, failed: series.failed + left, lost: series.lost + left, errors };
}
