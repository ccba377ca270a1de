import { cell } from "./cell.ts";
import { formatCount, formatMs, formatSeconds } from "./format.ts";
import { takenAtMs } from "./picture.ts";
import type { Picture } from "./picture.ts";

/** Something that may be wrong, and what to do about it. */
export interface Warning {
  readonly kind:
    "blocking" | "growing" | "stuck" | "unresponsive" | "lost" | "gave-up" | "firing" | "pending";
  /** A few words, for the head of the screen. */
  readonly short: string;
  readonly title: string;
  readonly advice: string;
  /** Which tasks it is about, as far as that is known. */
  readonly details: readonly string[];
}

const BLOCKING_SECONDS = 0.1;
const MOST_DETAILS = 20;
const NAME_WIDTH = 40;

/** What may be wrong: the warnings of the console, in its order, then the alerts. */
export function warningsOf(picture: Picture): Warning[] {
  const sample = picture.samples.at(-1);
  const total = sample?.stats.total;
  return [
    ...blocking(sample?.loopP99Seconds),
    ...picture.series.flatMap(({ type, name, running, grownBy, grownOverMs }): Warning[] =>
      grownBy === undefined
        ? []
        : [
            {
              kind: "growing",
              short: `${named(name)} grows (+${formatCount(grownBy)})`,
              title: `${named(name)} (${named(type)}) grows: ${formatCount(grownBy)} more in ${formatMs(grownOverMs)}, ${formatCount(running)} run`,
              advice:
                "More start than end. Either the work has become slower, or some of it never settles: look at the oldest.",
              details: [],
            },
          ],
    ),
    ...counted("stuck", total?.stuck, {
      short: "stuck",
      title: "stuck now",
      advice:
        "They run longer than expected, or have given no sign of life for too long. Look at what they wait for; cancel them if nobody does.",
      details: picture.stuck
        .slice(0, MOST_DETAILS)
        .map(
          ({ id, name, type, durationMs }) =>
            `#${id} ${named(name)} (${named(type)}) runs for ${formatMs(durationMs)}`,
        ),
    }),
    ...counted("unresponsive", total?.unresponsive, {
      short: "unresponsive",
      title: "unresponsive",
      advice:
        "They were cancelled or timed out, and their code goes on. Pass context.signal to what they wait for.",
      details: bySeries(picture, "unresponsive"),
    }),
    ...counted("lost", total?.lost, {
      short: "lost",
      title: "lost since the start",
      advice:
        "What alone could settle them was garbage-collected: a callback that was dropped, an emitter nobody holds. They would have waited for ever.",
      details: bySeries(picture, "lost"),
    }),
    ...counted(
      "gave-up",
      picture.series.reduce((sum, { gaveUp }) => sum + gaveUp, 0),
      {
        short: "gave up",
        title: "gave up",
        advice: "All their restarts are used up. Their error says why the last one failed.",
        details: bySeries(picture, "gaveUp"),
      },
    ),
    ...alertWarnings(picture),
  ];
}

function blocking(loopP99Seconds: number | undefined): Warning[] {
  if (loopP99Seconds === undefined || loopP99Seconds < BLOCKING_SECONDS) return [];
  return [
    {
      kind: "blocking",
      short: `event loop late (p99 ${formatSeconds(loopP99Seconds)})`,
      title: `The event loop is late: p99 ${formatSeconds(loopP99Seconds)}`,
      advice:
        "Something computes for long without a pause: every task waits for it. Look for big JSON, regular expressions, sorting, or synchronous calls; a profile of the process names the function.",
      details: [],
    },
  ];
}

function counted(
  kind: Warning["kind"],
  count: number | undefined,
  texts: Omit<Warning, "kind">,
): readonly Warning[] {
  if (count === undefined || count === 0) return [];
  const before = `${formatCount(count)} `;
  return [{ ...texts, kind, short: before + texts.short, title: before + texts.title }];
}

function bySeries({ series }: Picture, count: "unresponsive" | "lost" | "gaveUp"): string[] {
  return series
    .filter((each) => each[count] > 0)
    .toSorted((a, b) => b[count] - a[count])
    .slice(0, MOST_DETAILS)
    .map((each) => `${formatCount(each[count])} of ${named(each.name)} (${named(each.type)})`);
}

const severities = { critical: 0, warning: 1, info: 2 } as const;

function alertWarnings(picture: Picture): Warning[] {
  const sorted = picture.alerts.toSorted(
    (a, b) =>
      Number(b.state === "firing") - Number(a.state === "firing") ||
      severities[a.severity] - severities[b.severity],
  );
  return sorted.map(({ name, severity, state, summary, description, activeAtMs, runbookUrl }) => ({
    kind: state,
    short: `${named(name)} ${state === "firing" ? "fires" : "is pending"}`,
    title: `${name} ${state === "firing" ? "fires" : "is pending"} (${severity}) for ${formatMs(takenAtMs(picture) - activeAtMs)}: ${summary}`,
    advice: description,
    details: [`runbook: ${runbookUrl}`],
  }));
}

const named = (text: string): string => cell(text, NAME_WIDTH).trimEnd();
