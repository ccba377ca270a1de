/** One row of the table that the demo ends with. */
export interface PrintedRow {
  readonly type: string;
  readonly name: string;
  readonly spawned: number;
  readonly completed: number;
  readonly failed: number;
  readonly cancelled: number;
}

/** Finds the table in the demo's output. */
export function readTable(lines: readonly string[]): { rows: PrintedRow[]; total: PrintedRow } {
  const cells = lines
    .filter((line) => line.startsWith("│"))
    .map((line) => line.split("│").map((cell) => cell.trim()));
  const [head, ...body] = cells;
  if (head?.[1] !== "type") throw new SyntaxError(`no table in:\n${lines.join("\n")}`);
  const count = (text: string | undefined): number => Number((text ?? "").replaceAll(",", ""));
  const rows = body.map((row) => ({
    type: row[1] ?? "",
    name: row[2] ?? "",
    spawned: count(row[3]),
    completed: count(row[4]),
    failed: count(row[5]),
    cancelled: count(row[6]),
  }));
  const total = rows.pop();
  if (total?.type !== "total") throw new SyntaxError(`no total in:\n${lines.join("\n")}`);
  return { rows, total };
}
