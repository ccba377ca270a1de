import { metrics } from "../../metrics/index.ts";
import type { MetricKey } from "../../metrics/index.ts";
import { passValues } from "../../plugin/index.ts";
import type { MetricValue } from "../../plugin/index.ts";
import type { StatsSnapshot } from "../../stats/index.ts";
import type { ExpositionFormat } from "./exposition-format.ts";
import { ExpositionWriter } from "./exposition-writer.ts";
import { withLabel } from "./label-texts.ts";
import type { LabelTexts } from "./label-texts.ts";
import { MergedValues } from "./merged-values.ts";
import { nextTurn } from "./slices.ts";

/** After how many lines the event loop gets a turn: some forty series, a fraction of a millisecond. */
const LINES_A_SLICE = 2_000;

/** Takes a value whose labels are text. */
type TakeLine = (key: MetricKey, labels: string, value: MetricValue) => void;

/**
 * Writes a page, the families of one prefix after those of another, in UTF-8. The numbers are those of the snapshots,
 * whenever it comes to write them: it gives the event loop a turn between slices, so that a page of any length holds
 * nobody up.
 */
export async function writePage(
  snapshots: ReadonlyMap<string, readonly StatsSnapshot[]>,
  format: ExpositionFormat,
  texts: LabelTexts,
): Promise<Buffer> {
  const parts: Buffer[] = [];
  // Taking the snapshots was a piece of work of its own.
  await nextTurn();
  for (const [prefix, ofPrefix] of snapshots) {
    const writer = new ExpositionWriter(prefix, format);
    let lines = 0;
    for (const count of passLines(ofPrefix, texts, (key, labels, value) =>
      writer.write(key, labels, value),
    )) {
      lines += count;
      if (lines < LINES_A_SLICE) continue;
      lines = 0;
      writer.cut();
      await nextTurn();
    }
    parts.push(...writer.parts());
  }
  texts.turn();
  return Buffer.concat([...parts, Buffer.from(format.end)]);
}

/** Passes on all values of the trackers of one prefix. Pauses often, and says how many lines it has been busy with. */
function* passLines(
  snapshots: readonly StatsSnapshot[],
  texts: LabelTexts,
  write: TakeLine,
): Generator<number, void> {
  const merged = new MergedValues();
  const isAlone = snapshots.length === 1;
  let lines = 0;
  const values = passValues(snapshots, (key, labels, value, last) => {
    lines += linesOf(value);
    const lastLabel = last === undefined ? undefined : metrics[key].labels.at(-1);
    const open = texts.of(labels);
    const text = last === undefined || lastLabel === undefined ? open : withLabel(open, lastLabel, last);
    if (isAlone) write(key, text, value);
    else merged.add(key, text, value);
  });
  while (values.next().done !== true) {
    yield lines;
    lines = 0;
  }
  for (const [key, labels, value] of merged) {
    write(key, labels, value);
    yield linesOf(value);
  }
}

function linesOf(value: MetricValue): number {
  return typeof value === "number" ? 1 : value.counts.length + 2;
}
