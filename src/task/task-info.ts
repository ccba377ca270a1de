import type { Attributes } from "./attributes.ts";
import type { TaskState } from "./task-state.ts";

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
  readonly spawnedAtMs: number;
  readonly startedAtMs: number | undefined;
  readonly endedAtMs: number | undefined;
  /** Time spent running so far, in milliseconds. */
  readonly durationMs: number;
  readonly attributes: Attributes;
  /** For a failed task: its error's type and its message, capped at 1,024 characters. */
  readonly errorType: string | undefined;
  readonly errorMessage: string | undefined;
}
