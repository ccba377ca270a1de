import { TaskTimeoutError } from "../errors/index.ts";
import type { Clock, Deadline, DeadlineQueue } from "../internal/index.ts";
import type { ResolvedPolicy } from "../policy/index.ts";
import { askToStop, cancelDescendants, childrenOf } from "./cancel.ts";
import type { CancelRequest } from "./cancel-request.ts";
import type { Ending } from "./ending.ts";
import type { Observer } from "./observer.ts";
import type { SignalHub } from "./signal-hub.ts";
import { follow, thenOf } from "./promise-kind.ts";
import { contextOf } from "./running-context.ts";
import type { TaskContext } from "./task-context.ts";
import type { ManagedPart, TaskRecord } from "./task-record.ts";

/** The body of a managed task. */
export type ManagedBody = (context: TaskContext) => unknown;

/** What managing needs of a tracker. */
export interface ManagingMachine extends Observer {
  readonly clock: Clock;
  readonly deadlines: DeadlineQueue;
  readonly signals: SignalHub;
  /** Bodies that go on though their task has ended. */
  readonly lateBodies: Set<ManagedTask>;
  /** Live managed tasks by id. */
  readonly managed: Map<number, TaskRecord>;
  readonly onBodySettledLate: (() => void) | undefined;
}

/** Who waits for a managed task that `run` started. */
interface Caller {
  resolve(value: unknown): void;
  reject(error: unknown): void;
}

/**
 * Runs the body of one managed task and holds it to its policy. The task may end before its body does (timeout,
 * cancellation): then the body has the grace to settle, and counts as unresponsive from there until it does.
 */
export class ManagedTask implements Deadline, ManagedPart {
  dueMs = 0;
  heapIndex = -1;
  /** Whether nothing of the body runs any more: it settled, or it never started. */
  bodySettled = true;
  readonly record: TaskRecord;
  readonly policy: ResolvedPolicy;
  readonly #machine: ManagingMachine;
  readonly #body: ManagedBody;
  readonly #signal: AbortSignal | undefined;
  #caller: Caller | undefined;
  #isUnresponsive = false;

  constructor(
    machine: ManagingMachine,
    record: TaskRecord,
    policy: ResolvedPolicy,
    body: ManagedBody,
    signal: AbortSignal | undefined,
  ) {
    this.#machine = machine;
    this.record = record;
    this.policy = policy;
    this.#body = body;
    this.#signal = signal;
  }

  /** The promise that `run` gives: one per task, made before the start. */
  call(): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.#caller = { resolve, reject };
    });
  }

  /** Starts the body, unless the task was cancelled before. Never throws. */
  start(): void {
    if (this.record.state !== "queued") return;
    const { lifecycle, surroundings, deadlines, clock } = this.#machine;
    lifecycle.start(this.record, true);
    // A hook may have cancelled it in the meantime: then the body never runs.
    if (!this.record.isLive) return;
    this.bodySettled = false;
    let result: unknown;
    try {
      if (this.policy.timeoutMs !== Number.POSITIVE_INFINITY) {
        this.dueMs = clock.now() + this.policy.timeoutMs;
        deadlines.add(this);
      }
      result = surroundings.call(this.record, this.#body, undefined, [contextOf(this.record)]);
    } catch (error) {
      this.#bodyFailed(error);
      return;
    }
    const then = thenOf(result);
    if (then === undefined) this.#bodyCompleted(result);
    else void follow(result, then, onFulfilled.bind(this), onRejected.bind(this));
  }

  /** Ends the task as cancelled, at once, whether its body has started or not. */
  cancel(request: CancelRequest): void {
    if (request.by === undefined) return;
    const ending: Ending = {
      status: "cancelled",
      error: request.error,
      cancelledBy: request.by,
      reason: request.reason,
    };
    this.#endEarly(ending, request);
  }

  /** The timeout has passed; or, when the task has ended, the grace of its body. */
  onDue(): void {
    if (this.record.isLive) this.#timeOut();
    else {
      this.#isUnresponsive = true;
      this.record.series.unresponsive += 1;
    }
  }

  /** @internal */
  bodyEnded(isFulfilled: boolean, settlement: unknown): void {
    if (isFulfilled) this.#bodyCompleted(settlement);
    else this.#bodyFailed(settlement);
  }

  #bodyCompleted(value: unknown): void {
    if (this.#settleBody()) this.#end({ status: "completed", value });
  }

  #bodyFailed(error: unknown): void {
    if (this.#settleBody()) this.#end({ status: "failed", error });
  }

  /** Notes that the body has settled. Gives whether its task still lives, and so ends with it. */
  #settleBody(): boolean {
    this.bodySettled = true;
    this.#machine.deadlines.remove(this);
    if (this.record.isLive) return true;
    this.#machine.lateBodies.delete(this);
    if (this.#isUnresponsive) this.record.series.unresponsive -= 1;
    this.record.extra?.release();
    this.#machine.onBodySettledLate?.();
    return false;
  }

  #timeOut(): void {
    const { timeoutMs } = this.policy;
    const error = new TaskTimeoutError(
      `Task ${JSON.stringify(this.record.name)} (${this.record.id})`,
      timeoutMs,
    );
    const children = childrenOf(this.record);
    this.#endEarly(
      { status: "failed", error, errorType: "timeout" },
      { by: undefined, reason: undefined, error },
    );
    cancelDescendants(children, error);
  }

  /** Ends the task while its body may go on: books first, then the signal, then the caller. */
  #endEarly(ending: Ending, request: CancelRequest): void {
    const { deadlines, clock, lateBodies } = this.#machine;
    deadlines.remove(this);
    if (!this.bodySettled) {
      lateBodies.add(this);
      this.dueMs = clock.now() + this.policy.cancelGraceMs;
      if (this.dueMs !== Number.POSITIVE_INFINITY) deadlines.add(this);
    }
    this.#end(ending, () => askToStop(this.record, request));
  }

  #end(ending: Ending, beforeCaller?: () => void): void {
    if (this.#signal !== undefined) this.#machine.signals.remove(this.#signal, this.record);
    this.#machine.managed.delete(this.record.id);
    this.#machine.lifecycle.end(this.record, ending);
    beforeCaller?.();
    const caller = this.#caller;
    this.#caller = undefined;
    if (ending.status === "completed") caller?.resolve(ending.value);
    else caller?.reject(ending.error);
  }
}

function onFulfilled(this: ManagedTask, value: unknown): void {
  this.bodyEnded(true, value);
}

function onRejected(this: ManagedTask, error: unknown): void {
  this.bodyEnded(false, error);
}
