import { cell, wrapText } from "./cell.ts";
import { keyTable } from "./keys.ts";
import { span } from "./styled-line.ts";
import type { Line } from "./styled-line.ts";

const KEYS_WIDTH = 11;

/** What every key does. */
export function helpLines(width: number): Line[] {
  return [
    ...keyTable
      .filter(({ help }) => help !== "")
      .flatMap(({ shown, help }) =>
        wrapText(help, Math.max(width - KEYS_WIDTH, 20)).map((text, at): Line => [
          span(cell(at === 0 ? shown : "", KEYS_WIDTH), "key"),
          span(text),
        ]),
      ),
    [],
    ...wrapText(
      "Rates are of the last 5 seconds, percentiles of the last 15. WAITED is the time from the spawn to the last start, TRY the attempt, DONE the progress that a task reports.",
      width,
    ).map((text): Line => [span(text, "dim")]),
  ];
}
