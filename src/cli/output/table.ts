import getWidth from "fast-string-truncated-width";
import type { Paint, Tone } from "./style.ts";
import { safeLine } from "./safe-text.ts";

/** A cell: its text may be of others, and is made printable here. */
export interface Cell {
  readonly text: string;
  readonly tone?: Tone | undefined;
}

export interface Column {
  readonly title: string;
  readonly align?: "right";
}

/** Between columns. */
const GAP = "  ";
/** No name takes the whole line. */
const MAX_CELL_WIDTH = 60;

/** A table as lines; as wide as it has to be, as it is read by other programs too. */
export function tableLines(
  columns: readonly Column[],
  rows: readonly (readonly Cell[])[],
  paint: Paint,
): string[] {
  const head = columns.map(({ title }): Cell => ({ text: title.toUpperCase(), tone: "dim" }));
  const all = [head, ...rows].map((row) =>
    row.map(({ text, tone }) => ({ text: fitted(safeLine(text)), tone })),
  );
  const widths = columns.map((_, at) => Math.max(...all.map((row) => widthOf(row[at]?.text ?? ""))));
  return all.map((row) =>
    row
      .map(({ text, tone }, at) => {
        const padding = " ".repeat((widths[at] ?? 0) - widthOf(text));
        const painted = paint(tone, text);
        return columns[at]?.align === "right" ? padding + painted : painted + padding;
      })
      .join(GAP)
      .trimEnd(),
  );
}

/** How many columns of a terminal a text takes. */
function widthOf(text: string): number {
  return getWidth(text).width;
}

function fitted(text: string): string {
  const { truncated, index } = getWidth(text, { limit: MAX_CELL_WIDTH, ellipsis: "…" });
  return truncated ? `${text.slice(0, index)}…` : text;
}
