import { cell } from "./cell.ts";
import { span } from "./styled-line.ts";
import type { Line, Tone } from "./styled-line.ts";

/** A column of a table. */
export interface Column<Row> {
  readonly key: string;
  readonly title: string;
  /** How wide it is, or, with `share`, at least. */
  readonly width: number;
  /** Its part of the room that is left. */
  readonly share?: number;
  readonly align?: "left" | "right";
  /** Columns of a lower rank are there on narrower screens. */
  readonly rank: number;
  readonly text: (row: Row) => string;
  readonly tone?: (row: Row) => Tone;
}

interface Placed<Row> {
  readonly column: Column<Row>;
  readonly width: number;
}

/** Which columns have room, and how wide each is then. They keep their order. */
export function placeColumns<Row>(columns: readonly Column<Row>[], width: number): readonly Placed<Row>[] {
  const chosen = new Set<Column<Row>>();
  let taken = -1;
  for (const column of columns.toSorted((a, b) => a.rank - b.rank)) {
    if (column.rank > 0 && taken + column.width + 1 > width) continue;
    chosen.add(column);
    taken += column.width + 1;
  }
  const shown = columns.filter((column) => chosen.has(column));
  const shares = shown.reduce((sum, { share = 0 }) => sum + share, 0);
  let left = Math.max(width - taken, 0);
  let sharesLeft = shares;
  return shown.map((column) => {
    const extra = sharesLeft === 0 ? 0 : Math.floor((left * (column.share ?? 0)) / sharesLeft);
    left -= extra;
    sharesLeft -= column.share ?? 0;
    return { column, width: column.width + extra };
  });
}

/** The titles. That of the column that is sorted by has an arrow: up where the values rise. */
export function headLine<Row>(
  placed: readonly Placed<Row>[],
  sortedBy: string | undefined,
  isFalling: boolean,
): Line {
  return placed.flatMap(({ column, width }, at) => {
    const isSorted = column.key === sortedBy;
    const title = isSorted ? `${column.title}${isFalling ? "▼" : "▲"}` : column.title;
    return [
      ...(at === 0 ? [] : [span(" ", "head")]),
      span(cell(title, width, column.align), isSorted ? "selected" : "head"),
    ];
  });
}

/** A row. The one that is looked at looks the same all over. */
export function rowLine<Row>(placed: readonly Placed<Row>[], row: Row, isSelected: boolean): Line {
  return placed.flatMap(({ column, width }, at) => [
    ...(at === 0 ? [] : [span(" ", isSelected ? "selected" : "plain")]),
    span(
      cell(column.text(row), width, column.align),
      isSelected ? "selected" : (column.tone?.(row) ?? "plain"),
    ),
  ]);
}
