import type { AttributeValue, TaskHandle } from "../task/index.ts";
import type { TaskOptions } from "./task-options.ts";

/** What names a task: its name alone, or its options. */
export type TaskSpec = string | (TaskOptions & { readonly name: string });

/** The body of a managed task. It may take its context apart: `async ({ signal, run }) => …`. */
export type TaskBody<T> = (context: TaskContext) => T | PromiseLike<T>;

/** The task that code runs in, as that code sees it. */
export interface TaskContext {
  /** Aborted when the task is cancelled or times out, with the error as its reason. Made when first touched. */
  readonly signal: AbortSignal;
  /** The task's handle. */
  readonly task: TaskHandle;
  /**
   * Puts one attribute on the task: on its span and into lists, never into a label. Bounded like `attributes`. Ignored once
   * the task, or this attempt of it, has ended.
   */
  readonly setAttribute: (key: string, value: AttributeValue) => void;
  /**
   * Says how far the task is: `done` of `total`, finite numbers from 0 up in any unit. Shown in lists and on the span
   * (`task.progress`), and counts as a sign of life. Ignored once the task, or this attempt of it, has ended.
   */
  readonly progress: (done: number, total?: number) => void;
  /** Gives a sign of life, for tasks with `heartbeatMs`. Cheap. Ignored once the task, or this attempt of it, has ended. */
  readonly heartbeat: () => void;
  /**
   * Puts an event on the task's span, with attributes that are bounded like those of tasks. The name is to be static, and
   * is bounded like a task's. Ignored once the task, or this attempt of it, has ended.
   */
  readonly addEvent: (
    name: string,
    attributes?: Readonly<Record<string, AttributeValue | undefined>>,
  ) => void;
  /** `tracker.run`, for a child of this task whatever the current one is. */
  readonly run: <T>(spec: TaskSpec, body: TaskBody<T>) => Promise<T>;
  /** `tracker.spawn`, for a child of this task whatever the current one is. */
  readonly spawn: <T>(spec: TaskSpec, body: TaskBody<T>) => TaskHandle<T>;
}
