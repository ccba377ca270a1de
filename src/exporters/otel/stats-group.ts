import type { StatsSnapshot } from "../../stats/index.ts";

/** The numbers of all trackers with one prefix. */
export interface StatsGroup {
  readonly prefix: string;
  readonly version: string;
  /** Since when the numbers count, in epoch milliseconds. */
  readonly sinceMs: number;
  readonly snapshots: readonly StatsSnapshot[];
}
