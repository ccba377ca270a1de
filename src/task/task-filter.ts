import type { TaskState } from "./task-state.ts";

/** Which tasks to look at. All conditions must hold. */
export interface TaskFilter {
  readonly state?: TaskState | undefined;
  readonly type?: string | undefined;
  readonly name?: string | undefined;
  readonly key?: string | undefined;
  readonly parentId?: number | undefined;
  /** Only tasks spawned longer ago than this, in milliseconds. */
  readonly olderThanMs?: number | undefined;
  /** At most so many, the oldest first. */
  readonly limit?: number | undefined;
}
