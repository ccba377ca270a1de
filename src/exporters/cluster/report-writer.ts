import type { HistogramSnapshot, SeriesSnapshot, StatsSnapshot } from "../../stats/index.ts";
import { fitLabel } from "./field-check.ts";
import { ENVELOPE, PROTOCOL } from "./protocol.ts";
import type {
  MemberHeader,
  PlainHistogram,
  PlainRest,
  PlainSeries,
  ReportMessage,
  Unfinished,
} from "./protocol.ts";

/** How many series one message holds: keeps it well under the 1 MiB that a collector takes. */
const SERIES_PER_MESSAGE = 100;

/** Every how many reports one is full, for collectors that came late on a channel without answers. */
const FULL_EVERY = 30;

/** Makes the reports of one member to one collector. */
export class ReportWriter {
  readonly #header: MemberHeader;
  readonly #reported = new Map<string, string>();
  #reportedRest = "";
  #report = 0;

  constructor(header: MemberHeader) {
    this.#header = header;
  }

  /** The number of the report that was written last; they count from 1. */
  get report(): number {
    return this.#report;
  }

  /** The next report, in parts: what has changed, which may be nothing. Every 30th says everything, and so does the first. */
  write(snapshot: StatsSnapshot, goodbye?: Unfinished): ReportMessage[] {
    const isFull = this.#report++ % FULL_EVERY === 0;
    const series = snapshot.series.filter((each) => this.#hasChanged(each) || isFull).map(toPlainSeries);
    const rest = toPlainRest(snapshot);
    const restText = JSON.stringify(rest);
    const hasNewRest = isFull || restText !== this.#reportedRest;
    this.#reportedRest = restText;
    const parts = Math.max(1, Math.ceil(series.length / SERIES_PER_MESSAGE));
    return Array.from({ length: parts }, (_, part) => {
      const isLast = part === parts - 1;
      return {
        [ENVELOPE]: "report",
        protocol: PROTOCOL,
        ...this.#header,
        report: this.#report,
        part,
        isLast,
        isFull,
        ...(isLast && goodbye !== undefined ? { goodbye } : {}),
        series: series.slice(part * SERIES_PER_MESSAGE, (part + 1) * SERIES_PER_MESSAGE),
        ...(isLast && hasNewRest ? { rest } : {}),
      };
    });
  }

  /** Whether the next report would say anything new. */
  hasNews(snapshot: StatsSnapshot): boolean {
    return (
      snapshot.series.some((each) => this.#reported.get(keyOf(each)) !== fingerprintOf(each)) ||
      JSON.stringify(toPlainRest(snapshot)) !== this.#reportedRest
    );
  }

  #hasChanged(series: SeriesSnapshot): boolean {
    const key = keyOf(series);
    const fingerprint = fingerprintOf(series);
    if (this.#reported.get(key) === fingerprint) return false;
    this.#reported.set(key, fingerprint);
    return true;
  }
}

function keyOf({ type, name }: SeriesSnapshot): string {
  return JSON.stringify([type, name]);
}

/** Changes whenever any number of the series does: histograms and error types change with the counts that are here. */
function fingerprintOf(series: SeriesSnapshot): string {
  let rejected = 0;
  for (const count of series.rejected.values()) rejected += count;
  const { spawned, queued, running, completed, failed, cancelled } = series;
  const { unresponsive, restarted, gaveUp, lost, stuck, oldestStartedAtMs } = series;
  return `${spawned} ${queued} ${running} ${completed} ${failed} ${cancelled} ${unresponsive} ${restarted} ${gaveUp} ${lost} ${stuck} ${rejected} ${oldestStartedAtMs} ${series.spawnLatency?.count}`;
}

function toPlainSeries(series: SeriesSnapshot): PlainSeries {
  const { errors, rejected, oldestStartedAtMs, spawnLatency, durations, ...counts } = series;
  return {
    ...counts,
    errors: [...errors],
    rejected: [...rejected].filter(([, count]) => count > 0),
    ...(oldestStartedAtMs === undefined ? {} : { oldestStartedAtMs }),
    ...(spawnLatency === undefined ? {} : { spawnLatency: toPlainHistogram(spawnLatency) }),
    durations: Object.fromEntries(
      Object.entries(durations).flatMap(([outcome, histogram]) =>
        histogram === undefined ? [] : [[outcome, toPlainHistogram(histogram)]],
      ),
    ),
  };
}

function toPlainHistogram({ sum, counts }: HistogramSnapshot): PlainHistogram {
  return { sum, counts };
}

function toPlainRest(snapshot: StatsSnapshot): PlainRest {
  const { trackerTasks, memoryBytes, cleanups, eventLoop, otherLoops, seriesOverflow, contributed } =
    snapshot;
  return {
    trackerTasks,
    memoryBytes,
    cleanups: toPlainHistogram(cleanups),
    loops: [eventLoop, ...otherLoops].map(({ id, delay }) => ({ id, delay: toPlainHistogram(delay) })),
    groupFailures: [...snapshot.groupFailures],
    pluginErrors: [...snapshot.pluginErrors],
    eventsDropped: [...snapshot.eventsDropped],
    limits: [...snapshot.limits],
    expectedMs: [...snapshot.expectedMs],
    seriesOverflow,
    contributed: contributed.map(({ metric, labels, value }) => ({
      metric,
      labels: Object.fromEntries(Object.entries(labels).map(([label, text]) => [label, fitLabel(text)])),
      value,
    })),
  };
}
