import { monitorEventLoopDelay } from "node:perf_hooks";
import { createLogUpdate } from "log-update";
import { alertLine } from "./alert-inbox.ts";
import type { AlertInbox } from "./alert-inbox.ts";
import { formatCount, formatDuration, formatRate } from "./format.ts";
import type { StatsReader } from "./stats-reader.ts";
import { reportByType, reportTotal } from "./task-report.ts";
import type { ReportRow } from "./task-report.ts";
import { liveTable } from "./task-table.ts";

const TABLE_EVERY_MS = 500;
const LINES_EVERY_MS = 2_000;
/** A rate is taken over at least so long, so that it can be read. */
const RATE_OVER_MS = 2_000;
/** Node counts the time between two looks at the loop: this is what an idle loop shows. */
const LOOP_RESOLUTION_MS = 10;

type RatedRow = ReportRow & { readonly perSecond: number };

interface Sample {
  readonly atMs: number;
  readonly spawned: ReadonlyMap<string, number>;
}

/** Shows what runs while it runs: a table that stays in place on a terminal, plain lines elsewhere. */
export class LiveSummary {
  readonly #stats: StatsReader;
  readonly #alerts: AlertInbox;
  readonly #output: NodeJS.WriteStream;
  readonly #table: ReturnType<typeof createLogUpdate> | undefined;
  readonly #loopDelay = monitorEventLoopDelay({ resolution: LOOP_RESOLUTION_MS });
  readonly #samples: Sample[] = [];
  #startedAtMs = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(stats: StatsReader, alerts: AlertInbox, output: NodeJS.WriteStream) {
    this.#stats = stats;
    this.#alerts = alerts;
    this.#output = output;
    this.#table = output.isTTY ? createLogUpdate(output) : undefined;
  }

  start(): void {
    this.#startedAtMs = performance.now();
    this.#loopDelay.enable();
    this.#rate([]);
    const everyMs = this.#table === undefined ? LINES_EVERY_MS : TABLE_EVERY_MS;
    this.#timer = setInterval(() => this.#show(), everyMs).unref();
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#loopDelay.disable();
    this.#table?.done();
  }

  #show(): void {
    const { series } = this.#stats.read();
    const rows = this.#rate([...reportByType(series), reportTotal(series)]);
    const delay = formatDuration(
      Math.max(this.#loopDelay.percentile(99) / 1e6 - LOOP_RESOLUTION_MS, 0) / 1_000,
    );
    const age = `${((performance.now() - this.#startedAtMs) / 1_000).toFixed(0)} s`;
    const news = this.#alerts.takeUnread().map(alertLine);
    if (this.#table === undefined) {
      this.#output.write(
        [...news, `${age.padStart(6)} | ${rows.map(rowText).join(" | ")} | loop p99 ${delay}`, ""].join("\n"),
      );
    } else {
      if (news.length > 0) this.#table.persist(...news);
      this.#table(`${liveTable(rows)}\n${age}, event loop delay p99 ${delay}; Ctrl-C ends it`);
    }
    this.#loopDelay.reset();
  }

  #rate(rows: readonly ReportRow[]): RatedRow[] {
    const atMs = performance.now();
    while (this.#samples.length > 1 && (this.#samples[1]?.atMs ?? atMs) <= atMs - RATE_OVER_MS)
      this.#samples.shift();
    const before = this.#samples[0];
    this.#samples.push({ atMs, spawned: new Map(rows.map((row) => [row.type, row.spawned])) });
    const seconds = Math.max(atMs - (before?.atMs ?? atMs), 1) / 1_000;
    return rows.map((row) => ({
      ...row,
      perSecond: (row.spawned - (before?.spawned.get(row.type) ?? 0)) / seconds,
    }));
  }
}

function rowText(row: RatedRow): string {
  const failed = row.failed === 0 ? "" : ` failed ${formatCount(row.failed)}`;
  return `${row.type} ${formatCount(row.running)} running ${formatRate(row.perSecond)}${failed} p95 ${formatDuration(row.p95Seconds)}`;
}
