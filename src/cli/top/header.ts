import { cell, fitLine, spread, widthOf } from "./cell.ts";
import { formatBytes, formatClock, formatCount, formatMs, formatRate, formatSeconds } from "./format.ts";
import type { Sample } from "./number-history.ts";
import { takenAtMs } from "./picture.ts";
import type { Picture } from "./picture.ts";
import { sparkline } from "./sparkline.ts";
import { span } from "./styled-line.ts";
import type { Line, Tone } from "./styled-line.ts";
import type { TopState } from "./top-state.ts";
import { warningsOf } from "./warnings.ts";
import { toneOf } from "./warnings-page.ts";

const LABEL_WIDTH = 10;
const VALUE_WIDTH = 9;
const LEAST_SPARK = 5;
const TIMES_WIDTH = 15;
const TOTALS_WIDTH = 28;
const GAP = 2;

/** The upper part of the screen: who it is, how much work there is and how fast it ends, and what may be wrong. */
export function headerLines(picture: Picture, state: TopState, width: number, height: number): Line[] {
  return [
    titleLine(picture, state, width),
    ...numberLines(picture, width, height).map((line) => fitLine(line, width)),
    fitLine(troubleLine(picture, width), width),
  ];
}

function titleLine(picture: Picture, { isPaused }: TopState, width: number): Line {
  const { link, url, samples } = picture;
  const process = samples.at(-1)?.stats.process;
  const who = process === undefined ? "" : ` ${cell(process.name, 30).trimEnd()} (${process.pid})`;
  const upMs = process === undefined ? 0 : takenAtMs(picture) - process.startedAtMs;
  const left: Line = [
    span("taskscope top", "bold"),
    span(who, "info"),
    ...(process === undefined ? [] : [span(` up ${formatMs(upMs)}`)]),
  ];
  const right: Line =
    link.state === "live"
      ? [isPaused ? span(" PAUSED ", "selected") : span("live", "good")]
      : link.state === "connecting"
        ? [span("connecting…", "warn")]
        : [span(` STALE: as of ${formatClock(takenAtMs(picture))} `, "alarm")];
  const shownUrl = cell(url, Math.min(url.length, 50)).trimEnd();
  const withUrl: Line = [...left, span(` ${shownUrl}`, "dim")];
  const taken = [...withUrl, ...right].reduce((sum, { text }) => sum + widthOf(text), 0);
  return fitLine(spread(taken < width ? withUrl : left, right, width), width);
}

function numberLines({ samples }: Picture, width: number, height: number): Line[] {
  const last = samples.at(-1);
  const isNarrow = width < 72;
  const hasTotals = width >= 118;
  const asideWidth = isNarrow ? 0 : TIMES_WIDTH + (hasTotals ? TOTALS_WIDTH : 0);
  const graphWidth = Math.floor((width - asideWidth) / 2);
  const graph = (
    label: string,
    tone: Tone,
    format: typeof formatCount,
    of: (sample: Sample) => number | undefined,
  ): Line =>
    graphLine(label, tone, format(last === undefined ? undefined : of(last)), samples.map(of), graphWidth);
  const rows: readonly Line[] = [
    [
      ...graph("Running", "info", formatCount, ({ stats }) => stats.total.running),
      ...graph("Completed", "good", formatRate, (each) => each.completedPerSecond),
    ],
    [
      ...graph("Queued", "label", formatCount, ({ stats }) => stats.total.queued),
      ...graph("Failed", "bad", formatRate, (each) => each.failedPerSecond),
    ],
    [
      ...graph("Started", "info", formatRate, (each) => each.spawnedPerSecond),
      ...graph("Cancelled", "warn", formatRate, (each) => each.cancelledPerSecond),
    ],
  ];
  const times: readonly (readonly [string, number | undefined])[] = [
    ["p50", last?.p50Seconds],
    ["p95", last?.p95Seconds],
    ["p99", last?.p99Seconds],
  ];
  const loop = `${formatSeconds(last?.loopP99Seconds)}`;
  const total = last?.stats.total;
  const totals: readonly (readonly [string, string])[] = [
    ["Loop p99", loop],
    ["In all", `${formatCount(total?.spawned)} spawned`],
    ["Tracking", last === undefined ? "–" : formatBytes(last.stats.tracker.memoryBytes)],
  ];
  if (isNarrow) {
    const line = times.map(([name, value]) => `${name} ${formatSeconds(value)}`).join("  ");
    return height < 12 ? [...rows] : [...rows, [span(`${line}  loop ${loop}`, "label")]];
  }
  const lines = rows.map((row, at): Line => {
    const [name = "", value] = times[at] ?? [];
    const [title = "", text = ""] = totals[at] ?? [];
    return [
      ...row,
      span(cell(name, 5), "label"),
      span(cell(formatSeconds(value), TIMES_WIDTH - 5)),
      ...(hasTotals ? [span(cell(title, 10), "label"), span(text)] : []),
    ];
  });
  if (hasTotals || height < 20) return lines;
  const more = totals.map(([name, value]): Line => [span(`${name} `, "label"), span(`${value}   `)]);
  return [...lines, more.flat()];
}

function graphLine(
  label: string,
  tone: Tone,
  value: string,
  values: readonly (number | undefined)[],
  width: number,
): Line {
  const sparkWidth = width - LABEL_WIDTH - VALUE_WIDTH - 1 - GAP;
  return [
    span(cell(label, LABEL_WIDTH), "label"),
    span(cell(value, VALUE_WIDTH, "right"), "bold"),
    ...(sparkWidth < LEAST_SPARK
      ? [span(" ".repeat(Math.max(width - LABEL_WIDTH - VALUE_WIDTH, 0)))]
      : [span(" "), span(sparkline(values, sparkWidth), tone), span(" ".repeat(GAP))]),
  ];
}

/** What may be wrong in a few words; while the server does not answer, that. */
function troubleLine(picture: Picture, width: number): Line {
  const { link } = picture;
  if (link.state === "lost") {
    const text = `No answer since ${formatClock(link.sinceMs)}: ${link.why}`;
    return [span(cell(text, width), "alarm")];
  }
  if (picture.samples.length === 0) return [];
  const warnings = warningsOf(picture);
  if (warnings.length === 0) return [span("Nothing is wrong.", "dim")];
  const counts = new Map<string, { readonly tone: Tone; count: number }>();
  for (const warning of warnings) {
    const known = counts.get(warning.short);
    if (known === undefined) counts.set(warning.short, { tone: toneOf(warning), count: 1 });
    else known.count += 1;
  }
  return [...counts].flatMap(([short, { tone, count }], at) => [
    span(at === 0 ? "! " : " · ", "dim"),
    span(count === 1 ? short : `${short} ×${count}`, tone),
  ]);
}
