import Table from "cli-table3";
import { formatCount, formatDuration, formatRate } from "./format.ts";
import type { ReportRow } from "./task-report.ts";

const plain = { head: [], border: [], compact: true };

type Alignment = "left" | "right";

function aligned(left: number, right: number): Alignment[] {
  return [...Array<Alignment>(left).fill("left"), ...Array<Alignment>(right).fill("right")];
}

/** What ran: a row per type and name, and the total. */
export function finalTable(rows: readonly ReportRow[], total: ReportRow): string {
  const head = ["type", "name", "spawned", "completed", "failed", "cancelled", "p95"];
  const table = new Table({ head, style: plain, colAligns: aligned(2, 5) });
  for (const row of [...rows, total]) {
    const numbers = [row.spawned, row.completed, row.failed, row.cancelled].map(formatCount);
    table.push([row.type, row.name, ...numbers, formatDuration(row.p95Seconds)]);
  }
  return table.toString();
}

/** What runs: a row per type, with the tasks spawned in a second. */
export function liveTable(rows: readonly (ReportRow & { readonly perSecond: number })[]): string {
  const head = ["type", "running", "rate", "failed", "p95"];
  const table = new Table({ head, style: plain, colAligns: aligned(1, 4) });
  for (const row of rows) {
    const numbers = [formatCount(row.running), formatRate(row.perSecond), formatCount(row.failed)];
    table.push([row.type, ...numbers, formatDuration(row.p95Seconds)]);
  }
  return table.toString();
}
