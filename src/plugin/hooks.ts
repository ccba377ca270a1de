import type { CancelledBy } from "../errors/index.ts";
import type { TraceIds } from "../events/index.ts";
import type { Attributes, OutcomeStatus } from "../task/index.ts";

/** How a task's span hangs: under the active span, linked to it from a trace of its own, or on its own. */
export type TracePolicy = "child" | "link" | "root";

/** Where work that starts again and again was asked for: what a run of it can be traced back to. */
export interface TaskOrigin {
  /** Calls `read` as if from there, in the async context of that call; gives what it gives. */
  runIn<T>(read: () => T): T;
  /** The stack of that call, as `Error.stack` gives it. Made when first asked for; empty where there is none. */
  readonly stack: string;
}

/** A task as hooks see it. Valid during the hook; what it says later is the task's later state. */
export interface HookTask {
  readonly id: number;
  readonly name: string;
  readonly type: string;
  /** The series it is counted in: its type and name, or those of the overflow series. One object a series. */
  readonly series: { readonly type: string; readonly name: string };
  readonly managed: boolean;
  /** The task it was started in or made a child of, as far as that one still lives. */
  readonly parentTask: HookTask | undefined;
  readonly parentId: number | undefined;
  /** Whether the parent was named (`parent`, `TaskContext.run`), and so may not be the one that is current. */
  readonly parentNamed: boolean;
  /** The attempt that runs or ran last; 0 before the first. */
  readonly attempt: number;
  readonly attributes: Attributes;
  readonly trace: TracePolicy;
  /** How many milliseconds it waited for its first attempt; `undefined` before that, and for observed tasks. */
  readonly spawnLatencyMs: number | undefined;
  /** For a run of `every`: the call of `every`. */
  readonly origin: TaskOrigin | undefined;
}

/** How a task ended, as hooks see it. */
export interface HookEnd {
  readonly status: OutcomeStatus;
  /** What the body threw; a `TaskTimeoutError` for a timeout. */
  readonly error: unknown;
  /** For a failed task: `timeout`, the error's class name, or `_OTHER`. */
  readonly errorType: string | undefined;
  /** For a cancelled task: who asked. */
  readonly cancelledBy: CancelledBy | undefined;
  /** Milliseconds running, and milliseconds queued. */
  readonly durationMs: number;
  readonly queuedMs: number;
}

/** How an attempt ended that another one follows. */
export interface HookAttemptEnd {
  /** The attempt that ended, counted from 1. */
  readonly attempt: number;
  readonly status: OutcomeStatus;
  readonly error: unknown;
  /** For a failed attempt: `timeout`, the error's class name, or `_OTHER`. */
  readonly errorType: string | undefined;
  /** How many milliseconds the task backs off before it asks for a slot again; 0 where its group decides about that. */
  readonly restartInMs: number;
}

/** Hears of an attempt that another one follows. Must be quick and should not throw. */
export type AttemptEndHook = (task: HookTask, end: HookAttemptEnd) => void;

/** Something that was said of a task while it lived: its progress, what its body made known, or what others did to it. */
export interface HookEvent {
  /**
   * `task.progress`; `task.cancel_requested`; `task.settled_late`, for a body that settled after its attempt was over,
   * which may be after the end of the task; or a name of the user's: at most 128 characters, without control characters.
   */
  readonly name: string;
  /** At most 32; strings are cut at 1,024 characters. Of a progress: `task.progress.done`, `task.progress.total`. */
  readonly attributes: Attributes;
}

/** Gives the span that shows a task, if there is one. Must be quick and should not throw. */
export type ReadTrace = (task: HookTask) => TraceIds | undefined;
/** Hears of a task. Must be quick and should not throw. */
export type TaskHook = (task: HookTask) => void;
/** Hears of a task's end. Must be quick and should not throw. */
export type EndHook = (task: HookTask, end: HookEnd) => void;
/** Stands around the synchronous part of a body, which is `runBody`. */
export type AroundAttemptHook = (task: HookTask, runBody: () => void) => void;
/** Hears what is said of a task. Must be quick and should not throw. */
export type EventHook = (task: HookTask, event: HookEvent) => void;
