import type { CancelledBy, RejectionReason } from "../errors/index.ts";
import type { TraceIds } from "./trace-ids.ts";

/** What every event says. Events are frozen plain data that survive JSON: no errors, no values, no handles. */
interface EventBase<Kind extends string> {
  readonly kind: Kind;
  /** Counts what the tracker published, one by one: a subscriber that finds a gap has missed that many. */
  readonly seq: number;
  /** When it was published, in epoch milliseconds. */
  readonly atMs: number;
  /** The task's id; 0 for one that was rejected, as it never existed. */
  readonly id: number;
  readonly name: string;
  readonly type: string;
  /** The attempt it is about, counted from 1; 0 before the first. */
  readonly attempt: number;
  /** The span of the task; `undefined` where no plugin makes spans, and for `spawned`, which is published before there is one. */
  readonly trace: TraceIds | undefined;
}

/** How long a task took, in milliseconds: running, and queued. */
interface TimesTaken {
  readonly durationMs: number;
  readonly queuedMs: number;
}

/** A task was accepted: it is queued, or about to start in the same call. */
export interface SpawnedEvent extends EventBase<"spawned"> {
  readonly parentId: number | undefined;
  /** Whether policy applies (`run`, `spawn`), or it is only observed (`wrap`, `track`). */
  readonly managed: boolean;
}

/** An attempt is about to start. */
export interface StartedEvent extends EventBase<"started"> {
  readonly parentId: number | undefined;
  /** Time the task has spent queued so far, in milliseconds. */
  readonly queuedMs: number;
}

/** The body said how far it is. */
export interface ProgressEvent extends EventBase<"progress"> {
  readonly done: number;
  /** `undefined` where the body did not say. */
  readonly total: number | undefined;
}

/** An attempt has ended and another follows. `attempt` is the one that ended; the task is queued now. */
export interface RestartingEvent extends EventBase<"restarting"> {
  /** How long the backoff takes, in milliseconds. */
  readonly delayMs: number;
  /** What the attempt failed with; both `undefined` when it completed. The message is cut at 1,024 characters. */
  readonly errorType: string | undefined;
  readonly errorMessage: string | undefined;
}

/** Somebody asked the task to stop. A managed task ends with it, an observed one is only asked, once. */
export interface CancelRequestedEvent extends EventBase<"cancel-requested"> {
  readonly by: CancelledBy;
  /** What the reason says, cut at 1,024 characters; `undefined` when none was given. */
  readonly reason: string | undefined;
}

/** The task ended well. */
export interface CompletedEvent extends EventBase<"completed">, TimesTaken {}

/** The task ended with an error, or in its own timeout. */
export interface FailedEvent extends EventBase<"failed">, TimesTaken {
  /** `timeout`, the error's class name, or `_OTHER`. */
  readonly errorType: string;
  /** What the error says, cut at 1,024 characters; empty when it will not say. */
  readonly errorMessage: string;
}

/** The task was stopped on request. */
export interface CancelledEvent extends EventBase<"cancelled">, TimesTaken {
  readonly cancelledBy: CancelledBy;
  /** What the reason says, cut at 1,024 characters; `undefined` when none was given. */
  readonly reason: string | undefined;
}

/** A task was refused. It was never spawned: `id` and `attempt` are 0, and no other event is about it. */
export interface RejectedEvent extends EventBase<"rejected"> {
  readonly reason: RejectionReason;
}

/** The task's policy wants another attempt, but its restarts are used up: it fails with the error of the last one. */
export interface GaveUpEvent extends EventBase<"gave-up"> {
  /** How many restarts it had. */
  readonly restarts: number;
}

/**
 * A supervised group failed: its members needed more restarts than it allows. About the member whose failure was one too
 * many; where that is a group itself, `id` and `attempt` are 0 and `name` is that group's.
 */
export interface GroupFailedEvent extends EventBase<"group-failed"> {
  readonly group: string;
  readonly maxRestarts: number;
  readonly withinMs: number;
  /** The group above, which is told; `undefined` for a group of no other. */
  readonly above: string | undefined;
}

/** The task can never end: what alone could settle it was garbage-collected. Its end, or its restart, follows. */
export interface LostEvent extends EventBase<"lost"> {
  /** How long the attempt had run, in milliseconds. */
  readonly ageMs: number;
}

/** A running task is older than expected, or has been silent for too long. */
export interface StuckEvent extends EventBase<"stuck"> {
  /** Which bound it passed: `expectedMs` or `heartbeatMs`. */
  readonly bound: "expected" | "heartbeat";
  /** That bound, in milliseconds. */
  readonly boundMs: number;
}

/** An attempt is over (timeout, cancellation), and its body has not settled within the grace that it had from there. */
export interface UnresponsiveEvent extends EventBase<"unresponsive"> {
  /** That grace, in milliseconds. */
  readonly graceMs: number;
}

/** The body of an attempt that was over has settled after all. What became of the task stays as it was. */
export interface SettledLateEvent extends EventBase<"settled-late"> {
  readonly settled: "fulfilled" | "rejected";
  /** How long after the end of the attempt, in milliseconds. */
  readonly lateMs: number;
}

/** A circuit breaker went from one state to another. It is about no task: `id` and `attempt` are 0, `type` is empty. */
export interface BreakerEvent extends EventBase<"breaker"> {
  readonly from: "closed" | "open" | "half_open";
  readonly to: "closed" | "open" | "half_open";
}

/**
 * The event loop was blocked, and goes on again. About the task whose code held it; where no task did, `id` and `attempt` are
 * 0 and `name` is `__none__`, and where it is not known, `__unknown__`. Published by `taskscope/forensics`.
 */
export interface BlockedEvent extends EventBase<"blocked"> {
  /** How long, in milliseconds; of a block that several tasks share, the part of this one. */
  readonly blockedMs: number;
  /**
   * False where the code could not be stopped while it blocked (native code), but only when it came back: `stack` shows where
   * that was, which may be code that had no part in it.
   */
  readonly precise: boolean;
  /** The call stack, a line a call, innermost first: at most 30 of 300 characters; `undefined` where it is not known. */
  readonly stack: string | undefined;
}

/** Everything a tracker announces, told apart by `kind`. Later releases may add kinds and fields. */
export type LifecycleEvent =
  | SpawnedEvent
  | StartedEvent
  | ProgressEvent
  | RestartingEvent
  | CancelRequestedEvent
  | CompletedEvent
  | FailedEvent
  | CancelledEvent
  | RejectedEvent
  | GaveUpEvent
  | GroupFailedEvent
  | LostEvent
  | StuckEvent
  | UnresponsiveEvent
  | SettledLateEvent
  | BreakerEvent
  | BlockedEvent;

/** The `kind` of an event. */
export type EventKind = LifecycleEvent["kind"];

const kinds: Readonly<Record<EventKind, true>> = {
  spawned: true,
  started: true,
  progress: true,
  restarting: true,
  "cancel-requested": true,
  completed: true,
  failed: true,
  cancelled: true,
  rejected: true,
  "gave-up": true,
  "group-failed": true,
  lost: true,
  stuck: true,
  unresponsive: true,
  "settled-late": true,
  breaker: true,
  blocked: true,
};

/** Every kind there is. */
export const eventKinds = Object.keys(kinds) as readonly EventKind[];

/** The kinds that plugins publish. */
export type PluginEventKind = "breaker" | "blocked";

/** What an event of one kind says beyond what all say. */
export type EventFields<Kind extends EventKind> = Omit<
  Extract<LifecycleEvent, { kind: Kind }>,
  keyof EventBase<Kind>
>;

/** Which task an event is about. Read at once and not kept. */
export interface EventTask {
  readonly id: number;
  readonly name: string;
  readonly type: string;
  readonly attempt: number;
}
