import type { TaskTree } from "../../task/index.ts";
import { helpLines } from "./help-page.ts";
import { takenAtMs } from "./picture.ts";
import type { Picture } from "./picture.ts";
import type { SeriesLine, TypeLine } from "./series-columns.ts";
import { sortSeries } from "./series-order.ts";
import type { Line } from "./styled-line.ts";
import type { TaskRow } from "./task-columns.ts";
import { taskLines } from "./task-page.ts";
import type { TopState } from "./top-state.ts";
import { warningLines } from "./warnings-page.ts";

/** What a row is about. `key` stays the same when the row moves. */
export type Row =
  | { readonly kind: "task"; readonly key: string; readonly row: TaskRow; readonly twigs: number }
  | { readonly kind: "series"; readonly key: string; readonly row: SeriesLine }
  | { readonly kind: "type"; readonly key: string; readonly row: TypeLine }
  | { readonly kind: "text"; readonly key: string; readonly line: Line };

/** The rows of the page that is looked at, all of them. A row is drawn only where it is on the screen. */
export function rowsOf(picture: Picture, state: TopState, width: number): readonly Row[] {
  switch (state.page) {
    case "tasks":
      return taskRows(picture);
    case "tree":
      return treeRows(picture, state);
    case "names":
      return seriesRows(picture, state);
    case "types":
      return typeRows(picture, state);
    case "warnings":
      return textRows(warningLines(picture, width));
    case "task":
      return textRows(taskLines(picture, state.taskId, width));
    case "help":
      return textRows(helpLines(width));
  }
}

/** Whether rows are lines to read, with none of them looked at. */
export function isText({ page }: Pick<TopState, "page">): boolean {
  return page === "warnings" || page === "task" || page === "help";
}

/** Whether a row has a text in its name, type or key. */
export function rowMatches(row: Row, text: string): boolean {
  const wanted = text.toLowerCase();
  return textsOf(row).some((each) => each.toLowerCase().includes(wanted));
}

function textsOf(row: Row): string[] {
  switch (row.kind) {
    case "task":
      return [row.row.task.name, row.row.task.type, row.row.task.key ?? "", String(row.row.task.id)];
    case "series":
      return [row.row.series.name, row.row.series.type];
    case "type":
      return [row.row.type];
    case "text":
      return row.line.map((span) => span.text);
  }
}

function taskRows(picture: Picture): Row[] {
  const nowMs = takenAtMs(picture);
  return picture.tasks.map((task) => ({
    kind: "task",
    key: String(task.id),
    row: { task, twig: "", nowMs },
    twigs: 0,
  }));
}

function treeRows(picture: Picture, { closed, filter }: TopState): Row[] {
  const nowMs = takenAtMs(picture);
  const rows: Row[] = [];
  const waiting = picture.tree.toReversed().map((task) => ({ task, level: 0 }));
  const kept = filter === "" ? undefined : branchesWith(picture.tree, filter);
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { task, level } = next;
    if (kept?.has(task.id) === false) continue;
    const isClosed = closed.has(task.id);
    const sign = task.children.length === 0 ? "·" : isClosed ? "▸" : "▾";
    const twig = `${"  ".repeat(Math.min(level, 12))}${sign} `;
    rows.push({
      kind: "task",
      key: String(task.id),
      row: { task, twig, nowMs },
      twigs: task.children.length,
    });
    if (!isClosed)
      for (const child of task.children.toReversed()) waiting.push({ task: child, level: level + 1 });
  }
  return rows;
}

/** The ids of those that have the text, and of all above them. */
function branchesWith(tree: readonly TaskTree[], text: string): ReadonlySet<number> {
  const wanted = text.toLowerCase();
  const kept = new Set<number>();
  const look = (task: TaskTree): boolean => {
    const hasIt = [task.name, task.type, task.key ?? ""].some((each) => each.toLowerCase().includes(wanted));
    // Each child is looked at, whatever the others have.
    const isAbove = task.children.map(look).includes(true);
    if (hasIt || isAbove) kept.add(task.id);
    return hasIt || isAbove;
  };
  for (const task of tree) look(task);
  return kept;
}

function seriesRows(picture: Picture, { seriesOrder, isSeriesReversed, filter }: TopState): Row[] {
  const nowMs = takenAtMs(picture);
  return sortSeries(picture.series, seriesOrder, isSeriesReversed)
    .map((series): Row => ({
      kind: "series",
      key: JSON.stringify([series.type, series.name]),
      row: { series, nowMs },
    }))
    .filter((row) => filter === "" || rowMatches(row, filter));
}

function typeRows(picture: Picture, { filter }: TopState): Row[] {
  const stats = picture.samples.at(-1)?.stats;
  return Object.entries(stats?.byType ?? {})
    .toSorted(([a, x], [b, y]) => y.running - x.running || (a < b ? -1 : 1))
    .map(([type, counts]): Row => ({
      kind: "type",
      key: type,
      row: { type, counts, limit: stats?.limits[type] },
    }))
    .filter((row) => filter === "" || rowMatches(row, filter));
}

function textRows(lines: readonly Line[]): Row[] {
  return lines.map((line, at) => ({ kind: "text", key: String(at), line }));
}
