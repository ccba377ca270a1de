import type { CancelledBy } from "../errors/index.ts";
import type { Attributes } from "./attributes.ts";
import type { TaskState } from "./task-state.ts";

/** How far a task is, in units of its own. */
export interface TaskProgress {
  readonly done: number;
  /** `undefined` where it is not known. */
  readonly total: number | undefined;
}

/** A plain picture of one task at one instant. Instants are epoch milliseconds; absent fields are `undefined`. */
export interface TaskInfo {
  /** Unique in the process, increasing in the order of spawning. */
  readonly id: number;
  readonly name: string;
  readonly type: string;
  readonly state: TaskState;
  /** Whether the tracker applies policy to it (`run`, `spawn`) or only observes it (`wrap`, `track`). */
  readonly managed: boolean;
  readonly parentId: number | undefined;
  /** 1 from the first start on, 0 while it has never started. */
  readonly attempt: number;
  /** The key under which only one task goes at a time, if it has one. */
  readonly key: string | undefined;
  /** What a queued task waits for: its start, a slot, its key, or the time before a restart. */
  readonly waitingFor: "start" | "slot" | "key" | "backoff" | undefined;
  readonly spawnedAtMs: number;
  readonly startedAtMs: number | undefined;
  readonly endedAtMs: number | undefined;
  /** Time spent running so far, in milliseconds. */
  readonly durationMs: number;
  /** Whether it runs, and is older than expected (`expectedMs`) or silent for too long (`heartbeatMs`). */
  readonly stuck: boolean;
  /** How far it is, by its own account. */
  readonly progress: TaskProgress | undefined;
  /** When it last gave a sign of life (`heartbeat`, `progress`). */
  readonly lastHeartbeatAtMs: number | undefined;
  readonly attributes: Attributes;
  /** For a cancelled task: who asked. */
  readonly cancelledBy: CancelledBy | undefined;
  /** For a failed task: its error's type and its message, capped at 1,024 characters. */
  readonly errorType: string | undefined;
  readonly errorMessage: string | undefined;
}
