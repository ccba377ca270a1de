import type { TaskInfo } from "./task-info.ts";

/** A task with those that were started inside it. */
export interface TaskTree extends TaskInfo {
  /** The oldest first. */
  readonly children: readonly TaskTree[];
}
