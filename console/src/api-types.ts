/** What the HTTP API answers with: GET /openapi.json says it exactly. Instants are epoch milliseconds. */
export type TaskState = "queued" | "running" | "completed" | "failed" | "cancelled";

export interface Task {
  readonly id: number;
  readonly name: string;
  readonly type: string;
  readonly state: TaskState;
  readonly managed: boolean;
  readonly parentId?: number;
  readonly attempt: number;
  readonly key?: string;
  readonly waitingFor?: string;
  readonly spawnedAtMs: number;
  readonly startedAtMs?: number;
  readonly endedAtMs?: number;
  readonly durationMs: number;
  readonly stuck: boolean;
  readonly progress?: { readonly done: number | null; readonly total?: number | null };
  readonly lastHeartbeatAtMs?: number;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly cancelledBy?: string;
  readonly errorType?: string;
  readonly errorMessage?: string;
}

export interface TreeTask extends Task {
  readonly children: readonly TreeTask[];
}

export interface TaskPage {
  readonly tasks: readonly Task[];
  readonly total: number;
  readonly nextCursor: string | null;
}

export interface Forest {
  readonly tasks: readonly TreeTask[];
  readonly shown: number;
  readonly truncated: boolean;
}

export interface Counts {
  readonly spawned: number;
  readonly queued: number;
  readonly running: number;
  readonly completed: number;
  readonly failed: number;
  readonly cancelled: number;
  readonly rejected: number;
  readonly restarted: number;
  readonly lost: number;
  readonly stuck: number;
  readonly unresponsive: number;
}

export interface Buckets {
  readonly boundsSeconds: readonly number[];
  readonly counts: readonly number[];
  readonly sumSeconds: number;
}

export interface Stats {
  readonly atMs: number;
  readonly total: Counts;
  readonly byType: Readonly<Record<string, Counts>>;
  readonly series: number;
  readonly seriesOverflow: number;
  readonly tracker: { readonly finished: number; readonly memoryBytes: number };
  readonly duration: Buckets;
  readonly eventLoop: { readonly p50Seconds?: number; readonly p99Seconds?: number; readonly delay: Buckets };
}

export interface Times {
  readonly count: number;
  readonly sumSeconds: number;
  readonly p50Seconds?: number;
  readonly p95Seconds?: number;
  readonly p99Seconds?: number;
}

export interface Series extends Counts {
  readonly type: string;
  readonly name: string;
  readonly gaveUp: number;
  readonly errors: Readonly<Record<string, number>>;
  readonly oldestStartedAtMs?: number;
  readonly duration: Times;
}

export interface Alert {
  readonly name: string;
  readonly severity: "critical" | "warning" | "info";
  readonly state: "pending" | "firing";
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
  readonly threshold: number;
  readonly summary: string;
  readonly description: string;
  readonly activeAtMs: number;
  readonly runbookUrl: string;
}

export interface Alerts {
  readonly rules: number;
  readonly alerts: readonly Alert[];
}

export interface Config {
  readonly actions: boolean;
  readonly health: boolean;
  readonly traceUrl?: string;
}

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
  readonly cancelledBy?: string;
  readonly reason?: string;
  readonly bound?: string;
  readonly boundMs?: number;
  readonly graceMs?: number;
  readonly ageMs?: number;
  readonly lateMs?: number;
  readonly restarts?: number;
}
