import { metrics } from "../../metrics/index.ts";
import type { MetricKey } from "../../metrics/index.ts";
import { passValues } from "../../plugin/index.ts";
import type { MetricValue } from "../../plugin/index.ts";
import type { StatsSnapshot } from "../../stats/index.ts";
import type { ExpositionFormat } from "./exposition-format.ts";
import { ExpositionWriter } from "./exposition-writer.ts";
import type { LabelTexts } from "./label-texts.ts";
import type { PageBytes } from "./page-bytes.ts";
import { nextTurn } from "./slices.ts";
import { ValuesByMetric } from "./values-by-metric.ts";

/** After how many lines the event loop gets a turn: some forty series, a fraction of a millisecond. */
const LINES_A_SLICE = 2_000;

const keys = Object.keys(metrics) as MetricKey[];

/**
 * Writes a page, the families of one prefix after those of another. The numbers are those of the snapshots, whenever it
 * comes to write them: it gives the event loop a turn between slices, so that a page of any length holds nobody up.
 */
export async function writePage(
  page: PageBytes,
  snapshots: ReadonlyMap<string, readonly StatsSnapshot[]>,
  format: ExpositionFormat,
  texts: LabelTexts,
): Promise<void> {
  // Taking the snapshots was a piece of work of its own.
  await nextTurn();
  for (const [prefix, ofPrefix] of snapshots)
    await writeFamilies(new ExpositionWriter(prefix, format, page), await gatherValues(ofPrefix, texts));
  texts.turn();
  page.add(format.end);
}

/** Series come one after the other, but a page is in families. */
async function gatherValues(snapshots: readonly StatsSnapshot[], texts: LabelTexts): Promise<ValuesByMetric> {
  const gathered = new ValuesByMetric(snapshots.length > 1);
  let lines = 0;
  const passed = passValues(snapshots, (key, labels, value, last) => {
    lines += linesOf(value);
    const lastLabel = last === undefined ? undefined : metrics[key].labels.at(-1);
    const text =
      last === undefined || lastLabel === undefined ? texts.of(labels) : texts.with(labels, lastLabel, last);
    gathered.add(key, text, value);
  });
  while (passed.next().done !== true) {
    if (lines < LINES_A_SLICE) continue;
    lines = 0;
    await nextTurn();
  }
  return gathered;
}

async function writeFamilies(writer: ExpositionWriter, gathered: ValuesByMetric): Promise<void> {
  let lines = 0;
  for (const key of keys) {
    const listed = gathered.of(key);
    if (listed === undefined) continue;
    writer.begin(key);
    const { labels, values } = listed;
    for (let index = 0; index < values.length; index += 1) {
      const value = values[index] ?? 0;
      writer.write(labels[index] ?? "", value);
      lines += linesOf(value);
      if (lines < LINES_A_SLICE) continue;
      lines = 0;
      await nextTurn();
    }
  }
}

function linesOf(value: MetricValue): number {
  return typeof value === "number" ? 1 : value.counts.length + 2;
}
