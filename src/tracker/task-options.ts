import type { TracePolicy } from "../plugin/index.ts";
import type { ExpectationOptions, TaskPolicy } from "../policy/index.ts";
import type { AttributeValue, TaskHandle } from "../task/index.ts";

/** How an observed task is described, and what is expected of it. */
export interface ObserveOptions extends ExpectationOptions {
  /** Static and of low cardinality: it becomes a label. At most 128 characters, control characters replaced. */
  readonly name?: string | undefined;
  /**
   * Any string; the policy of that name in `types` applies to managed tasks, and its expectations to all. Default
   * `"general"`.
   */
  readonly type?: string | undefined;
  /** For spans and lists, never for labels. At most 32; strings are cut at 1,024 characters. */
  readonly attributes?: Readonly<Record<string, AttributeValue | undefined>> | undefined;
  /** How the span hangs (default `"child"`). */
  readonly trace?: TracePolicy | undefined;
}

/** What becomes of a task whose key another live task has. */
export type DuplicatePolicy = "queue" | "replace" | "drop" | "reject";

/** How a managed task is described, and what it may do. Options of the task go before those of its type. */
export interface TaskOptions extends ObserveOptions, TaskPolicy {
  /** Its abortion cancels the task (`cancelledBy: "signal"`). Any number of tasks may share one. */
  readonly signal?: AbortSignal | undefined;
  /** A root of its own: out of reach of the end of the task it is started in (default false). */
  readonly detached?: boolean | undefined;
  /**
   * Of the tasks of one key only one goes at a time. Any string up to 1,024 characters; shown in lists, never a label.
   */
  readonly key?: string | undefined;
  /**
   * What becomes of a task whose key another one has: it waits for it (`"queue"`, the default); the others are cancelled
   * and it waits for the body of the one that ran, or its grace (`"replace"`); it is not made, and the handle or the
   * result of the other is given (`"drop"`); it is refused (`"reject"`).
   */
  readonly onDuplicate?: DuplicatePolicy | undefined;
  /** The parent, where that is not the current task. */
  readonly parent?: TaskHandle | undefined;
}

/** Options of `wrap`: calls are only observed, so no policy is taken. */
export interface WrapOptions extends ObserveOptions {
  readonly managed?: false | undefined;
}

/** Options of a `wrap` that makes every call a `run`, and takes the options of one. */
export interface ManagedWrapOptions extends TaskOptions {
  readonly managed: true;
}
