import type {
  SentAlerts,
  SentConfig,
  SentForest,
  SentPage,
  SentSeries,
  SentState,
  SentStats,
  SentTask,
  SentTree,
} from "../../src/exporters/http/answers.ts";

// What the HTTP API answers with, as its own sources say it. Instants are epoch milliseconds.
export type TaskState = SentState;
export type Task = SentTask;
export type TreeTask = SentTree;
export type TaskPage = SentPage;
export type Forest = SentForest;
export type Stats = SentStats;
export type Buckets = SentStats["duration"];
export type Series = SentSeries;
export type Alerts = SentAlerts;
export type Alert = SentAlerts["alerts"][number];
export type Config = SentConfig;

/** An event of GET /events, with the fields of all kinds; which a kind has is in docs/events.md. */
export interface TaskEvent {
  readonly kind: string;
  readonly seq: number;
  readonly atMs: number;
  readonly id: number;
  readonly name: string;
  readonly type: string;
  readonly attempt: number;
  readonly trace?: { readonly traceId: string };
  readonly parentId?: number;
  readonly managed?: boolean;
  readonly queuedMs?: number;
  readonly durationMs?: number;
  readonly done?: number;
  readonly total?: number;
  readonly delayMs?: number;
  readonly errorType?: string;
  readonly errorMessage?: string;
  readonly by?: string;
  readonly cancelledBy?: NonNullable<Task["cancelledBy"]>;
  readonly reason?: string;
  readonly bound?: string;
  readonly boundMs?: number;
  readonly graceMs?: number;
  readonly ageMs?: number;
  readonly lateMs?: number;
  readonly restarts?: number;
}
