import { cell, fitLine, spread, widthOf } from "./cell.ts";
import { footerLine } from "./footer.ts";
import { formatCount } from "./format.ts";
import { headerLines } from "./header.ts";
import type { Picture } from "./picture.ts";
import { isText, rowsOf } from "./rows.ts";
import type { Row } from "./rows.ts";
import { seriesColumns, typeColumns } from "./series-columns.ts";
import { span } from "./styled-line.ts";
import type { Line } from "./styled-line.ts";
import { headLine, placeColumns, rowLine } from "./table.ts";
import { taskColumns } from "./task-columns.ts";
import { isFalling, orderText } from "./task-order.ts";
import type { Page, TopState } from "./top-state.ts";
import { warningsOf } from "./warnings.ts";

/** How many columns and lines there are. */
export interface Size {
  readonly columns: number;
  readonly rows: number;
}

/** The rows of a page, and how many of them fit. */
export interface Body {
  readonly rows: readonly Row[];
  readonly height: number;
}

/** What a screen of that size has room for. */
export function bodyOf(picture: Picture, state: TopState, { columns, rows }: Size): Body {
  const header = headerLines(picture, state, columns, rows).length;
  const titles = isText(state) ? 0 : 1;
  return { rows: rowsOf(picture, state, columns), height: Math.max(rows - header - titles - 2, 0) };
}

/** Draws the screen: exactly so many lines, each of exactly so many columns. The state has to be settled. */
export function drawFrame(picture: Picture, state: TopState, size: Size): Line[] {
  const { columns, rows } = size;
  const body = bodyOf(picture, state, size);
  const shown = body.rows.slice(state.top, state.top + body.height);
  const lines = [
    ...headerLines(picture, state, columns, rows),
    pageLine(picture, state, body, columns),
    ...bodyLines(picture, state, shown, columns),
  ].map((line) => fitLine(line, columns));
  const blank = fitLine([], columns);
  while (lines.length < rows - 1) lines.push(blank);
  return [...lines.slice(0, Math.max(rows - 1, 0)), footerLine(state, columns)].slice(0, rows);
}

const pages: readonly (readonly [Page, string])[] = [
  ["tasks", "Tasks"],
  ["names", "Names"],
  ["types", "Types"],
  ["tree", "Tree"],
  ["warnings", "Warnings"],
];

/** Which page it is, and which part of what is shown. */
function pageLine(picture: Picture, state: TopState, { rows, height }: Body, width: number): Line {
  const warnings = warningsOf(picture).length;
  const tabs = pages.flatMap(([page, title]): Line => {
    const badge = page === "warnings" && warnings > 0 ? ` (${warnings})` : "";
    return [span(` ${title}${badge} `, state.page === page ? "selected" : "label")];
  });
  const left: Line =
    state.page === "task"
      ? [span(` Task ${state.taskId ?? ""} `, "selected"), span(" Esc: back", "dim")]
      : state.page === "help"
        ? [span(" Help ", "selected"), span(" Esc: back", "dim")]
        : tabs;
  const last = Math.min(state.top + height, rows.length);
  const total = state.page === "tasks" ? Math.max(picture.taskTotal, rows.length) : rows.length;
  const part =
    rows.length === 0 ? "" : `${formatCount(state.top + 1)}–${formatCount(last)} of ${formatCount(total)}`;
  const cut = state.page === "tree" && picture.isTreeCut ? ", deepest left out" : "";
  const right = isText(state) && rows.length <= height ? "" : `${part}${cut}`;
  // Where there is no room for both, where one is says more than what everything is.
  const texts = [[whatText(state), right].filter((text) => text !== "").join(" · "), right];
  const room = width - left.reduce((sum, { text }) => sum + widthOf(text), 0) - 1;
  const shown = texts.find((text) => widthOf(text) <= room) ?? "";
  return spread(left, [span(shown, "dim")], width);
}

/** Which tasks, in which order. */
function whatText({
  page,
  states,
  order,
  isReversed,
  filter,
  only,
  seriesOrder,
  isSeriesReversed,
}: TopState): string {
  const filtered = filter === "" ? "" : `“${cell(filter, 20).trimEnd()}”`;
  const of = only === undefined ? "" : `of ${cell(only.name ?? only.type, 24).trimEnd()}`;
  const parts: Partial<Record<Page, readonly string[]>> = {
    tasks: [states, of, filtered, orderText(order, isReversed)],
    names: [filtered, `by ${seriesOrder}${isSeriesReversed ? ", reversed" : ""}`],
    types: [filtered],
    tree: [filtered],
  };
  return (parts[page] ?? []).filter((text) => text !== "").join(", ");
}

function bodyLines(picture: Picture, state: TopState, shown: readonly Row[], width: number): Line[] {
  const { page, isReversed } = state;
  const isSelected = (at: number): boolean => state.top + at === state.at;
  if (isText(state)) return shown.flatMap((row) => (row.kind === "text" ? [row.line] : []));
  if (page === "names") {
    const placed = placeColumns(seriesColumns, width);
    return [
      headLine(placed, state.seriesOrder, (state.seriesOrder === "name") === state.isSeriesReversed),
      ...shown.flatMap((row, at) =>
        row.kind === "series" ? [rowLine(placed, row.row, isSelected(at))] : [],
      ),
      ...nothing(shown, "No task has run yet."),
    ];
  }
  if (page === "types") {
    const placed = placeColumns(typeColumns, width);
    return [
      headLine(placed, "running", true),
      ...shown.flatMap((row, at) => (row.kind === "type" ? [rowLine(placed, row.row, isSelected(at))] : [])),
      ...nothing(shown, "No task has run yet."),
    ];
  }
  const placed = placeColumns(taskColumns, width);
  return [
    headLine(placed, page === "tree" ? undefined : state.order, isFalling(state.order, isReversed)),
    ...shown.flatMap((row, at) => (row.kind === "task" ? [rowLine(placed, row.row, isSelected(at))] : [])),
    ...nothing(
      shown,
      picture.samples.length === 0
        ? "Waiting for the first numbers…"
        : `No ${state.states === "all" || page === "tree" ? "" : `${state.states} `}task${state.filter === "" && state.only === undefined ? "" : " fits"}.`,
    ),
  ];
}

function nothing(shown: readonly Row[], text: string): Line[] {
  return shown.length > 0 ? [] : [[], [span(`  ${text}`, "dim")]];
}
