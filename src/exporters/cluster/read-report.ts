import { rejectionReasons } from "../../errors/index.ts";
import {
  cleanupBounds,
  durationBounds,
  loopDelayBounds,
  metrics,
  pluginMetricKeys,
  spawnLatencyBounds,
} from "../../metrics/index.ts";
import type {
  EventLoopSnapshot,
  HistogramSnapshot,
  MetricReading,
  SeriesSnapshot,
  StatsSnapshot,
} from "../../stats/index.ts";
import { amountOf, countOf, flagOf, labelOf, listOf, malformed, mapOf, objectOf } from "./field-check.ts";
import { PROTOCOL } from "./protocol.ts";
import type { MemberHeader, Unfinished } from "./protocol.ts";
import { RefusedReport } from "./refused-report.ts";

/** What a member reports beside its series. */
export type RestOfStats = Omit<StatsSnapshot, "series">;

/** A part of a report that has been checked. */
export interface ReportPart {
  readonly header: MemberHeader;
  readonly report: number;
  readonly part: number;
  readonly isLast: boolean;
  readonly isFull: boolean;
  readonly goodbye: Unfinished | undefined;
  readonly series: readonly SeriesSnapshot[];
  readonly rest: RestOfStats | undefined;
}

/** What an error's class name must look like to be a label; `timeout` and `lost` look so too. */
const ERROR_TYPE = /^[A-Za-z_$][\w$.]{0,63}$/;

/**
 * Checks what came over a channel, down to the books of every series; whoever can write to the channel can send anything.
 * Throws a {@link RefusedReport}. What a later version may have added (fields, reasons, metrics) is ignored.
 */
export function readReport(message: unknown): ReportPart {
  const fields = objectOf(message, "the report");
  if (fields["protocol"] !== PROTOCOL) {
    throw new RefusedReport("protocol", `speaks another protocol than ${PROTOCOL}`);
  }
  const { goodbye, rest } = fields;
  if (goodbye !== undefined && goodbye !== "cancelled" && goodbye !== "lost") throw malformed("goodbye");
  return {
    header: readHeader(fields),
    report: countOf(fields["report"], "report"),
    part: countOf(fields["part"], "part"),
    isLast: flagOf(fields["isLast"], "isLast"),
    isFull: flagOf(fields["isFull"], "isFull"),
    goodbye,
    series: listOf(fields["series"], "series").map(readSeries),
    rest: rest === undefined ? undefined : readRest(objectOf(rest, "rest")),
  };
}

function readHeader(fields: Readonly<Record<string, unknown>>): MemberHeader {
  const member = labelOf(fields["member"], "member");
  if (member === "") throw malformed("member is empty");
  return {
    member,
    version: labelOf(fields["version"], "version"),
    prefix: labelOf(fields["prefix"], "prefix"),
    pid: countOf(fields["pid"], "pid"),
    threadId: countOf(fields["threadId"], "threadId"),
    intervalMs: amountOf(fields["intervalMs"], "intervalMs"),
  };
}

function readSeries(value: unknown): SeriesSnapshot {
  const fields = objectOf(value, "a series");
  const count = (key: string): number => countOf(fields[key], key);
  const histogram = (of: unknown, bounds: readonly number[]): HistogramSnapshot | undefined =>
    of === undefined ? undefined : readHistogram(objectOf(of, "a histogram"), bounds);
  const durations = objectOf(fields["durations"], "durations");
  const rejected = mapOf(fields["rejected"], "rejected", countOf);
  const errors = mapOf(fields["errors"], "errors", countOf);
  const oldest = fields["oldestStartedAtMs"];
  const series: SeriesSnapshot = {
    type: labelOf(fields["type"], "type"),
    name: labelOf(fields["name"], "name"),
    spawned: count("spawned"),
    queued: count("queued"),
    running: count("running"),
    completed: count("completed"),
    failed: count("failed"),
    cancelled: count("cancelled"),
    unresponsive: count("unresponsive"),
    restarted: count("restarted"),
    gaveUp: count("gaveUp"),
    lost: count("lost"),
    stuck: count("stuck"),
    errors,
    rejected: new Map(rejectionReasons.map((reason) => [reason, rejected.get(reason) ?? 0])),
    oldestStartedAtMs: oldest === undefined ? undefined : amountOf(oldest, "oldestStartedAtMs"),
    spawnLatency: histogram(fields["spawnLatency"], spawnLatencyBounds),
    durations: {
      completed: histogram(durations["completed"], durationBounds),
      failed: histogram(durations["failed"], durationBounds),
      cancelled: histogram(durations["cancelled"], durationBounds),
    },
  };
  const { spawned, queued, running, completed, failed, cancelled } = series;
  if (spawned !== queued + running + completed + failed + cancelled) {
    throw malformed("the books of a series do not balance");
  }
  for (const errorType of errors.keys()) if (!ERROR_TYPE.test(errorType)) throw malformed("error type");
  return series;
}

function readHistogram(
  fields: Readonly<Record<string, unknown>>,
  bounds: readonly number[],
): HistogramSnapshot {
  const counts = listOf(fields["counts"], "counts").map((count) => countOf(count, "a bucket"));
  if (counts.length !== bounds.length + 1) throw malformed("a histogram with other bounds");
  const count = counts.reduce((sum, each) => sum + each, 0);
  return {
    bounds,
    counts,
    sum: toWholeTicks(amountOf(fields["sum"], "sum")),
    count: countOf(count, "count"),
    exemplars: undefined,
  };
}

/** A power of two, so that dividing by it is exact: a tick is about a microsecond. */
const TICKS_PER_SECOND = 1_048_576;

/**
 * A time in seconds as a whole number of ticks. Such numbers add up exactly, in whatever order, up to centuries: others
 * depend on it in their last digit, so that a sum could fall when a member goes, and Prometheus takes a counter that
 * falls for one that began anew.
 */
function toWholeTicks(seconds: number): number {
  return Math.round(seconds * TICKS_PER_SECOND) / TICKS_PER_SECOND;
}

function readLoop(value: unknown): EventLoopSnapshot {
  const fields = objectOf(value, "a loop");
  const delay = readHistogram(objectOf(fields["delay"], "delay"), loopDelayBounds);
  return { id: labelOf(fields["id"], "id"), delay };
}

function readRest(fields: Readonly<Record<string, unknown>>): RestOfStats {
  const tasks = objectOf(fields["trackerTasks"], "trackerTasks");
  const [eventLoop, ...otherLoops] = listOf(fields["loops"], "loops").map(readLoop);
  if (eventLoop === undefined) throw malformed("no loop");
  return {
    trackerTasks: {
      queued: countOf(tasks["queued"], "queued"),
      running: countOf(tasks["running"], "running"),
      finished: countOf(tasks["finished"], "finished"),
    },
    memoryBytes: amountOf(fields["memoryBytes"], "memoryBytes"),
    cleanups: readHistogram(objectOf(fields["cleanups"], "cleanups"), cleanupBounds),
    eventLoop,
    otherLoops,
    groupFailures: mapOf(fields["groupFailures"], "groupFailures", countOf),
    pluginErrors: mapOf(fields["pluginErrors"], "pluginErrors", countOf),
    eventsDropped: mapOf(fields["eventsDropped"], "eventsDropped", countOf),
    limits: mapOf(fields["limits"], "limits", countOf),
    expectedMs: mapOf(fields["expectedMs"], "expectedMs", amountOf),
    seriesOverflow: countOf(fields["seriesOverflow"], "seriesOverflow"),
    contributed: listOf(fields["contributed"], "contributed").flatMap(readReading),
  };
}

function readReading(value: unknown): MetricReading[] {
  const fields = objectOf(value, "a reading");
  const metric = pluginMetricKeys.find((key) => key === fields["metric"]);
  if (metric === undefined) return []; // One that a later version has.
  const given = objectOf(fields["labels"], "labels");
  const labels = metrics[metric].labels.map((label) => [label, labelOf(given[label], label)] as const);
  return [
    { metric, labels: Object.fromEntries(labels), value: toWholeTicks(amountOf(fields["value"], "value")) },
  ];
}
