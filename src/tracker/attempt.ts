import { TaskTimeoutError } from "../errors/index.ts";
import type { EventFields, EventHub } from "../events/index.ts";
import type { Clock, Deadline, DeadlineQueue } from "../internal/index.ts";
import type { PluginHost } from "../plugin/index.ts";
import type { ResolvedPolicy } from "../policy/index.ts";
import type { CancelRequest } from "./cancel-request.ts";
import type { Ending } from "./ending.ts";
import { follow, thenOf } from "./promise-kind.ts";
import { contextOf } from "./running-context.ts";
import type { Surroundings } from "./surroundings.ts";
import type { TaskContext } from "./task-context.ts";
import { announceLost } from "./stuck.ts";
import { watched } from "./task-record.ts";
import type { Losable, TaskRecord } from "./task-record.ts";

/** The body of a managed task. */
export type ManagedBody = (context: TaskContext) => unknown;

/** What an attempt needs of a tracker. */
export interface AttemptMachine {
  readonly clock: Clock;
  readonly surroundings: Surroundings;
  readonly events: EventHub;
  readonly host: PluginHost;
  /** Must not keep the process running. */
  readonly deadlines: DeadlineQueue;
  /** Attempts that are over while their body goes on. */
  readonly lateBodies: Set<Attempt>;
  /** Told of each body that goes on beyond its grace, and of its settling at last. */
  countUnresponsive(record: TaskRecord, change: 1 | -1): void;
  /** Told when a body has settled after its attempt was over. */
  bodySettledLate(record: TaskRecord): void;
}

/** Whose attempt it is. */
export interface AttemptOwner {
  readonly record: TaskRecord;
  readonly policy: ResolvedPolicy;
  /** The body has settled, or (with `request`) the timeout has passed and the body goes on. Called once. */
  attemptOver(ending: Ending, request: CancelRequest | undefined): void;
  /** The body of an attempt that was let go has settled, or its grace is over. Called once. */
  bodyReleased(): void;
}

/**
 * One try of a managed task's body. It is over when the body settles, its timeout passes or the task is cancelled,
 * whichever comes first. A body that goes on after that has the grace to settle, and is unresponsive from there.
 */
export class Attempt implements Deadline, Losable {
  dueMs = 0;
  heapIndex = -1;
  lifeline: object | undefined = undefined;
  readonly #machine: AttemptMachine;
  readonly #owner: AttemptOwner;
  /** Which attempt it is: the task may be at a later one when the body settles. */
  readonly #number: number;
  #letGoMs = 0;
  #isOver = false;
  #isSettled = false;
  #isReleased = false;
  #hasTimedOut = false;

  constructor(machine: AttemptMachine, owner: AttemptOwner) {
    this.#machine = machine;
    this.#owner = owner;
    this.#number = owner.record.attempt;
  }

  get record(): TaskRecord {
    return this.#owner.record;
  }

  /** Whether nothing of the body goes on. */
  get isSettled(): boolean {
    return this.#isSettled;
  }

  /** Whether the next attempt, or the next task of the same key, may start: settled, or beyond the grace. */
  get isReleased(): boolean {
    return this.#isSettled || this.#isReleased;
  }

  /** Calls the body. Never throws. */
  run(body: ManagedBody): void {
    const { timeoutMs } = this.#owner.policy;
    let result: unknown;
    try {
      if (timeoutMs !== Number.POSITIVE_INFINITY) this.#dueAt(this.record.startedMs + timeoutMs);
      result = this.#machine.surroundings.callWith(this.record, body, contextOf(this.record));
    } catch (error) {
      this.settle(false, error);
      return;
    }
    const then = thenOf(result);
    if (then === undefined) this.settle(true, result);
    else void follow(result, then, onFulfilled.bind(this), onRejected.bind(this), this);
  }

  /** The task goes on without the body: gives it its grace, unless it has settled. */
  letGo(): void {
    this.#isOver = true;
    this.#dropLifeline();
    this.#machine.deadlines.remove(this);
    if (this.#isSettled) return;
    this.#machine.lateBodies.add(this);
    this.#letGoMs = this.#machine.clock.now();
    const { cancelGraceMs } = this.#owner.policy;
    if (cancelGraceMs !== Number.POSITIVE_INFINITY) this.#dueAt(this.#letGoMs + cancelGraceMs);
  }

  /** The timeout has passed; or, when the attempt is over, the grace of its body. */
  onDue(): void {
    const { record, policy } = this.#owner;
    if (this.#isOver) {
      this.#isReleased = true;
      this.#machine.countUnresponsive(record, 1);
      this.#publish("unresponsive", { graceMs: policy.cancelGraceMs });
      this.#owner.bodyReleased();
      return;
    }
    this.#hasTimedOut = true;
    const error = new TaskTimeoutError(
      `Task ${JSON.stringify(record.name)} (${record.id})`,
      policy.timeoutMs,
    );
    this.#isOver = true;
    this.#dropLifeline();
    this.#owner.attemptOver(
      { status: "failed", error, errorType: "timeout" },
      { by: undefined, reason: undefined, error },
    );
  }

  /** The body can never settle. One whose attempt is over stays what it is: a body that goes on. */
  lose(): void {
    if (this.#isOver || this.#isSettled) return;
    this.#isSettled = true;
    this.#machine.deadlines.remove(this);
    const error = announceLost(this.record);
    // Whoever was told may have cancelled the task.
    if (this.#isOver) return;
    this.#isOver = true;
    this.#owner.attemptOver({ status: "failed", error, errorType: "lost" }, undefined);
  }

  /** The body has settled. */
  settle(isFulfilled: boolean, settlement: unknown): void {
    this.#isSettled = true;
    this.#dropLifeline();
    this.#machine.deadlines.remove(this);
    if (!this.#isOver) {
      this.#isOver = true;
      this.#owner.attemptOver(
        isFulfilled ? { status: "completed", value: settlement } : { status: "failed", error: settlement },
        undefined,
      );
      return;
    }
    this.#machine.lateBodies.delete(this);
    if (this.#isReleased) this.#machine.countUnresponsive(this.record, -1);
    this.#tellSettledLate(isFulfilled);
    if (!this.#isReleased) this.#owner.bodyReleased();
    this.#machine.bodySettledLate(this.record);
  }

  #tellSettledLate(isFulfilled: boolean): void {
    const { events, host, clock } = this.#machine;
    if (!events.isListening && host.eventHooks.isEmpty) return;
    const settled = isFulfilled ? "fulfilled" : "rejected";
    const lateMs = clock.now() - this.#letGoMs;
    this.#publish("settled-late", { settled, lateMs });
    // A body that was cancelled and answers within its grace is as it should be: no span says that it was late.
    if (!this.#hasTimedOut && !this.#isReleased) return;
    const attributes = {
      "task.late_by": lateMs / 1_000,
      "task.settled": settled,
      "task.attempt": this.#number,
    };
    host.event(this.record, { name: "task.settled_late", attributes });
  }

  #publish<Kind extends "unresponsive" | "settled-late">(kind: Kind, fields: EventFields<Kind>): void {
    const { events } = this.#machine;
    if (!events.isListening) return;
    const { id, name, type } = this.record;
    events.publish(kind, { id, name, type, attempt: this.#number }, fields);
  }

  #dropLifeline(): void {
    if (this.lifeline === watched) this.record.series.tracker.watch.forget(this);
    this.lifeline = undefined;
  }

  #dueAt(dueMs: number): void {
    this.dueMs = dueMs;
    this.#machine.deadlines.add(this);
  }
}

function onFulfilled(this: Attempt, value: unknown): void {
  this.settle(true, value);
}

function onRejected(this: Attempt, error: unknown): void {
  this.settle(false, error);
}
