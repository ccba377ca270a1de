/** A titled table, to be printed for a terminal or as Markdown. Columns after the first `textColumns` align right. */
export interface Table {
  readonly title: string;
  readonly header: readonly string[];
  readonly textColumns: number;
  readonly lines: readonly (readonly string[])[];
}

export function tableAsText(table: Table): string {
  const widths = columnWidths(table);
  const format = (cells: readonly string[]): string => paddedCells(table, cells, widths).join("  ").trimEnd();
  const rule = widths.map((width) => "─".repeat(width)).join("  ");
  return [table.title, format(table.header), rule, ...table.lines.map(format)].join("\n");
}

export function tableAsMarkdown(table: Table): string {
  const widths = columnWidths(table).map((width) => Math.max(width, 3));
  const format = (cells: readonly string[]): string => `| ${paddedCells(table, cells, widths).join(" | ")} |`;
  const rule = widths.map((width, index) =>
    index < table.textColumns ? "-".repeat(width) : `${"-".repeat(width - 1)}:`,
  );
  return [
    `## ${table.title}`,
    "",
    format(table.header),
    `| ${rule.join(" | ")} |`,
    ...table.lines.map(format),
  ].join("\n");
}

function columnWidths({ header, lines }: Table): number[] {
  return header.map((title, index) =>
    Math.max(title.length, ...lines.map((cells) => cells[index]?.length ?? 0)),
  );
}

function paddedCells({ textColumns }: Table, cells: readonly string[], widths: readonly number[]): string[] {
  return widths.map((width, index) => {
    const cell = cells[index] ?? "";
    return index < textColumns ? cell.padEnd(width) : cell.padStart(width);
  });
}
