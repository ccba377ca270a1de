import type { CountsView } from "../../exporters/http/index.ts";
import { formatCount, formatMs, formatRate, formatSeconds } from "./format.ts";
import type { SeriesRow } from "./number-history.ts";
import type { Column } from "./table.ts";

/** A series, and when the picture was taken. */
export interface SeriesLine {
  readonly series: SeriesRow;
  readonly nowMs: number;
}

/** A type, with its limit if it has one. */
export interface TypeLine {
  readonly type: string;
  readonly counts: CountsView;
  readonly limit: number | undefined;
}

const right = { align: "right" } as const;

/** The columns of the series. The keys are those of the orders. */
export const seriesColumns: readonly Column<SeriesLine>[] = [
  { key: "name", title: "NAME", width: 14, share: 3, rank: 0, text: ({ series }) => series.name },
  { key: "type", title: "TYPE", width: 12, rank: 3, text: ({ series }) => series.type, tone: () => "dim" },
  {
    ...right,
    key: "running",
    title: "RUNNING",
    width: 8,
    rank: 0,
    text: ({ series }) => formatCount(series.running),
    tone: ({ series }) => (series.grownBy === undefined ? "info" : "warn"),
  },
  {
    ...right,
    key: "queued",
    title: "QUEUED",
    width: 7,
    rank: 5,
    text: ({ series }) => formatCount(series.queued),
  },
  {
    ...right,
    key: "started",
    title: "STARTED",
    width: 9,
    rank: 0,
    text: ({ series }) => formatRate(series.perSecond),
  },
  {
    ...right,
    key: "failed",
    title: "FAILED",
    width: 8,
    rank: 0,
    text: ({ series }) => formatCount(series.failed),
    tone: ({ series }) => (series.failed > 0 ? "bad" : "dim"),
  },
  {
    ...right,
    key: "p50",
    title: "P50",
    width: 8,
    rank: 4,
    text: ({ series }) => formatSeconds(series.duration.p50Seconds),
  },
  {
    ...right,
    key: "p99",
    title: "P99",
    width: 8,
    rank: 2,
    text: ({ series }) => formatSeconds(series.duration.p99Seconds),
  },
  { ...right, key: "oldest", title: "OLDEST", width: 8, rank: 6, text: oldestText },
  {
    key: "note",
    title: "NOTE",
    width: 18,
    share: 2,
    rank: 7,
    text: ({ series }) => seriesNote(series),
    tone: () => "warn",
  },
];

/** The columns of the types. */
export const typeColumns: readonly Column<TypeLine>[] = [
  { key: "type", title: "TYPE", width: 14, share: 1, rank: 0, text: ({ type }) => type },
  { ...count("RUNNING", ({ counts }) => counts.running, 0), tone: () => "info" },
  { ...right, key: "limit", title: "LIMIT", width: 8, rank: 4, text: limitText, tone: () => "dim" },
  count("QUEUED", ({ counts }) => counts.queued, 1),
  count("SPAWNED", ({ counts }) => counts.spawned, 3),
  count("COMPLETED", ({ counts }) => counts.completed, 5),
  {
    ...count("FAILED", ({ counts }) => counts.failed, 0),
    tone: ({ counts }) => (counts.failed > 0 ? "bad" : "dim"),
  },
  count("CANCELLED", ({ counts }) => counts.cancelled, 6),
  count("REJECTED", ({ counts }) => counts.rejected, 7),
  {
    ...count("STUCK", ({ counts }) => counts.stuck, 2),
    tone: ({ counts }) => (counts.stuck > 0 ? "warn" : "dim"),
  },
];

function count(title: string, of: (line: TypeLine) => number, rank: number): Column<TypeLine> {
  const width = Math.max(title.length, 8);
  return { ...right, key: title.toLowerCase(), title, width, rank, text: (line) => formatCount(of(line)) };
}

function limitText({ limit }: TypeLine): string {
  return limit === undefined || limit === 0 ? "" : formatCount(limit);
}

function oldestText({ series: { oldestStartedAtMs, running }, nowMs }: SeriesLine): string {
  return running === 0 || oldestStartedAtMs === undefined ? "" : formatMs(nowMs - oldestStartedAtMs);
}

/** What is wrong with a series. */
function seriesNote({ grownBy, stuck, unresponsive, lost, gaveUp }: SeriesRow): string {
  return [
    grownBy === undefined ? "" : `grows +${formatCount(grownBy)}`,
    stuck > 0 ? `${formatCount(stuck)} stuck` : "",
    unresponsive > 0 ? `${formatCount(unresponsive)} unresponsive` : "",
    lost > 0 ? `${formatCount(lost)} lost` : "",
    gaveUp > 0 ? `${formatCount(gaveUp)} gave up` : "",
  ]
    .filter((text) => text !== "")
    .join(", ");
}
