import type { CancelledBy } from "taskscope";
import type { Durations } from "./durations.ts";
import type { Plan } from "./steps.ts";

/** A request to stop, in the model's words. `by` is absent for a timeout. */
export interface ModelRequest {
  readonly by: CancelledBy | undefined;
  readonly reason: string;
  readonly error: string;
}

export interface ModelEnding {
  readonly status: "completed" | "failed" | "cancelled";
  readonly words: string;
  readonly request?: ModelRequest;
  /** The body failed with the very error that its signal carried. */
  readonly answers?: boolean;
}

/** The body of one attempt. */
export interface ModelBody {
  readonly id: string;
  readonly task: ModelTask;
  isSettled: boolean;
  /** The task no longer waits for it. */
  isOver: boolean;
  /** Its grace is over. */
  isUnresponsive: boolean;
  /** When its timeout, or its grace, is over. */
  dueMs: number;
  /** Is told of it when somebody other than the test settles it. */
  reaction: "none" | "pending" | "given";
}

export interface ModelTask {
  readonly no: number;
  readonly ordinal: number;
  readonly plan: Plan;
  readonly isManaged: boolean;
  readonly durations: Durations;
  readonly spawnedMs: number;
  /** The task it was started in; forgotten at its end. `parent` is not. */
  enclosing: ModelTask | undefined;
  readonly parent: ModelTask | undefined;
  /** Whose cancellation reaches it. */
  owner: ModelTask | undefined;
  ownedAt: number;
  state: "queued" | "running" | "completed" | "failed" | "cancelled";
  attempt: number;
  restarts: number;
  waitingFor: "start" | "slot" | "key" | "backoff";
  holdsSlot: boolean;
  /** Order in the queue that it waits in: the smaller rank first, then the smaller order. */
  rank: number;
  order: number;
  /** Where it stands in the list of its state. */
  listedAt: number;
  body: ModelBody | undefined;
  startedMs: number | undefined;
  endedMs: number | undefined;
  ranMs: number;
  totalDueMs: number;
  backoffDueMs: number;
  /** That the attempt that goes on, or the body that outlives the task, was told to stop. */
  asked: ModelRequest | undefined;
  ending: ModelEnding | undefined;
  /** The signal it was given, as number and generation. */
  readonly signal: string | undefined;
}

export function newBody(id: string, task: ModelTask, dueMs: number): ModelBody {
  return { id, task, dueMs, isSettled: false, isOver: false, isUnresponsive: false, reaction: "none" };
}

/** Which attempt it is the body of: its task may be at a later one. */
export function attemptOf({ id }: ModelBody): number {
  return Number(id.split(".")[1]);
}

/** What of a task never changes. */
type Origin = Pick<
  ModelTask,
  "no" | "ordinal" | "plan" | "isManaged" | "durations" | "spawnedMs" | "parent" | "signal"
>;

export function newTask(origin: Origin): ModelTask {
  return {
    ...origin,
    enclosing: origin.parent,
    owner: undefined,
    ownedAt: 0,
    state: "queued",
    attempt: 0,
    restarts: 0,
    waitingFor: "start",
    holdsSlot: false,
    rank: 0,
    order: 0,
    listedAt: 0,
    body: undefined,
    startedMs: undefined,
    endedMs: undefined,
    ranMs: 0,
    totalDueMs: Number.POSITIVE_INFINITY,
    backoffDueMs: Number.POSITIVE_INFINITY,
    asked: undefined,
    ending: undefined,
  };
}

export function isLive(task: ModelTask): boolean {
  return task.state === "queued" || task.state === "running";
}

/** Nothing of its last attempt goes on. */
export function isBodySettled({ body }: ModelTask): boolean {
  return body === undefined || body.isSettled;
}

/** Nothing of its last attempt is in the way of what comes next. */
export function isReleased({ body }: ModelTask): boolean {
  return body === undefined || body.isSettled || body.isUnresponsive;
}

/** Whether another attempt follows one that ended so, or would if it had a restart left. Forgets those before a healthy attempt. */
export function comesBack(task: ModelTask, { status }: ModelEnding, nowMs: number): "yes" | "no" | "gave-up" {
  const { restart } = task.plan;
  if (restart === undefined) return "no";
  if (nowMs - (task.startedMs ?? nowMs) >= task.durations.resetAfterMs) task.restarts = 0;
  const isWanted =
    restart.when === "always" || (status === "failed" && (restart.when === "on-failure" || task.attempt < 2));
  if (!isWanted) return "no";
  return task.restarts < restart.maxRestarts ? "yes" : "gave-up";
}

/** Before whom it goes, of those that wait. */
export function goesBefore(a: ModelTask, b: ModelTask): number {
  return a.rank === b.rank ? a.order - b.order : a.rank - b.rank;
}

/** The label that an error of these words has as `errorType`. */
export function errorTypeOf(words: string): string {
  const kind = words.slice(0, words.indexOf(":"));
  const labels: Readonly<Record<string, string>> = {
    timeout: "TaskTimeoutError",
    cancelled: "TaskCancelledError",
    rejected: words === "rejected:closed" ? "TrackerClosedError" : "TaskRejectedError",
    abort: "AbortError",
    error: "BodyError",
  };
  return labels[kind] ?? "_OTHER";
}
