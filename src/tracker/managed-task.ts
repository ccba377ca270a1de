import { AsyncResource } from "node:async_hooks";
import { TaskTimeoutError } from "../errors/index.ts";
import { Alarm } from "../internal/index.ts";
import type { DeadlineQueue } from "../internal/index.ts";
import { safeDelayMs, wantsRestart } from "../policy/index.ts";
import type { Admission, ResolvedPolicy, ResolvedRestart, Ticket } from "../policy/index.ts";
import { Attempt } from "./attempt.ts";
import type { AttemptMachine, AttemptOwner, ManagedBody } from "./attempt.ts";
import { askToStop, cancelDescendants, childrenOf } from "./cancel.ts";
import type { CancelRequest } from "./cancel-request.ts";
import type { Ending } from "./ending.ts";
import type { KeyTable } from "./key-table.ts";
import type { Lifecycle } from "./lifecycle.ts";
import type { SignalHub } from "./signal-hub.ts";
import type { ManagedPart, TaskRecord, WaitingFor } from "./task-record.ts";

/** What managing needs of a tracker. */
export interface ManagingMachine extends AttemptMachine {
  readonly lifecycle: Lifecycle;
  readonly admission: Admission;
  readonly keys: KeyTable<ManagedTask>;
  readonly signals: SignalHub;
  /** Must keep the process running: for work that was asked for. */
  readonly keptDeadlines: DeadlineQueue;
  /** Live managed tasks by id. */
  readonly managed: Map<number, TaskRecord>;
  readonly isClosing: boolean;
  /** Told that an attempt failed and another one follows in `delayMs`. */
  restarting(record: TaskRecord, ending: Ending, delayMs: number): void;
}

/** Who waits for a managed task that `run` started. */
interface Caller {
  resolve(value: unknown): void;
  reject(error: unknown): void;
}

/** Who decides with a task about its restarts: the group that it is a member of. */
export interface TaskSupervisor {
  /** The task's own policy wants a restart. Gives whether the group allows it. */
  mayRestart(): boolean;
  /** The task has ended for good. */
  memberEnded(): void;
}

/** What a managed task is made from. */
export interface ManagedSetup {
  readonly record: TaskRecord;
  readonly policy: ResolvedPolicy;
  readonly body: ManagedBody;
  readonly lane: string;
  readonly key: string | undefined;
  readonly signal: AbortSignal | undefined;
  readonly supervisor: TaskSupervisor | undefined;
}

/** A ticket that knows its task, for the queue of a key. */
export interface TaskTicket extends Ticket {
  readonly task: ManagedTask;
}

/**
 * Takes one managed task through its life: key, slot, attempts with their restarts, end. The task may end before its body
 * does; its slot is free from then on, its key only when the body has settled or its grace is over.
 */
export class ManagedTask implements ManagedPart, AttemptOwner {
  readonly record: TaskRecord;
  readonly policy: ResolvedPolicy;
  waitingFor: WaitingFor = "start";
  readonly ticket: TaskTicket;
  readonly #machine: ManagingMachine;
  readonly #body: ManagedBody;
  readonly #key: string | undefined;
  readonly #signal: AbortSignal | undefined;
  readonly #supervisor: TaskSupervisor | undefined;
  /** Stopped by its group, which will let it go on. */
  #isHeld = false;
  #whenReleased: (() => void)[] = [];
  #whenReady: (() => void)[] = [];
  #caller: Caller | undefined;
  #attempt: Attempt | undefined;
  #holdsSlot = false;
  /** Whether an attempt has started with the slot that it holds. */
  #slotUsed = false;
  #restarts = 0;
  #totalAlarm: Alarm | undefined;
  #backoffAlarm: Alarm | undefined;
  /** The async context of whoever asked for the task, where it starts later than in a microtask of that call. */
  #origin: AsyncResource | undefined;

  constructor(
    machine: ManagingMachine,
    { record, policy, body, lane, key, signal, supervisor }: ManagedSetup,
  ) {
    this.#machine = machine;
    this.record = record;
    this.policy = policy;
    this.#body = body;
    this.#key = key;
    this.#signal = signal;
    this.#supervisor = supervisor;
    this.ticket = {
      task: this,
      lane,
      priority: policy.priority,
      rank: 0,
      order: 0,
      heapIndex: -1,
      onGranted: () => this.#onGranted(),
    };
    if (policy.restart !== undefined || supervisor !== undefined)
      this.#origin = new AsyncResource("taskscope.task");
  }

  get bodySettled(): boolean {
    return this.#attempt?.isSettled ?? true;
  }

  /** The promise that `run` gives: one per task, made before the start. */
  call(): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.#caller = { resolve, reject };
    });
  }

  /** Admitted with a slot: {@link start} may be called. */
  takeSlot(): void {
    this.#holdsSlot = true;
  }

  /** Admitted without one: waits for a slot, or for its key first. */
  waitFor(what: "slot" | "key", rankMs: number): void {
    this.#origin ??= new AsyncResource("taskscope.task");
    this.waitingFor = what;
    if (what === "slot") this.#machine.admission.wait(this.ticket);
    else this.#machine.keys.wait(this.#key ?? "", this.ticket, rankMs);
  }

  changeLane(lane: string): void {
    const { ticket } = this;
    if (ticket.lane === lane) return;
    const { admission } = this.#machine;
    const isQueued = admission.withdraw(ticket);
    const from = ticket.lane;
    ticket.lane = lane;
    if (isQueued) admission.rejoin(ticket);
    else if (this.#holdsSlot) {
      admission.moveSlot(from, lane);
      // What it took of the rate, it took of that of the other lane.
      this.#slotUsed = true;
    }
  }

  /** Sets the alarm for all attempts and waits together. */
  watchTotalTime(): void {
    const { totalTimeoutMs } = this.policy;
    if (totalTimeoutMs === Number.POSITIVE_INFINITY || !this.record.isLive) return;
    this.#totalAlarm = new Alarm(this.#machine.clock.now() + totalTimeoutMs, () => this.#totalTimePassed());
    this.#machine.deadlines.add(this.#totalAlarm);
  }

  /** Starts an attempt, unless the task has ended since it was let in. Never throws. */
  start(): void {
    if (this.record.state !== "queued" || !this.#holdsSlot) return;
    this.#slotUsed = true;
    this.#machine.lifecycle.start(this.record, this.record.attempt === 0);
    // A hook may have cancelled it in the meantime: then the body never runs.
    if (!this.record.isLive) return;
    this.#attempt = new Attempt(this.#machine, this);
    this.#attempt.run(this.#body);
  }

  /** Ends the task as cancelled, at once, whether a body runs or not. */
  cancel(request: CancelRequest): void {
    if (request.by === undefined || !this.record.isLive) return;
    const { by, reason, error } = request;
    this.#end({ status: "cancelled", error, cancelledBy: by, reason }, request);
  }

  /**
   * Stops the attempt for a group that restarts several tasks together. The task stays alive, queued, until
   * {@link goOn}. Settles when its body has settled or its grace is over, and its backoff, if it was in one; or when it
   * has ended.
   */
  hold(request: CancelRequest): Promise<void> {
    if (!this.record.isLive) return Promise.resolve();
    this.#isHeld = true;
    if (this.record.state === "running") {
      const children = childrenOf(this.record);
      this.#machine.lifecycle.requeue(this.record);
      this.#letBodyGo(request);
      this.record.renew();
      this.#releaseSlot();
      cancelDescendants(children, request.error);
    } else {
      this.#stopWaiting();
      this.#releaseSlot();
    }
    this.waitingFor = "backoff";
    return this.#isReady ? Promise.resolve() : new Promise((resolve) => void this.#whenReady.push(resolve));
  }

  /** Lets a held task go on with another attempt. */
  goOn(): void {
    this.#isHeld = false;
    if (this.record.isLive && this.waitingFor === "backoff") this.#goOnIfReady();
  }

  /** Settles when nothing of a body goes on, or its grace is over. */
  whenReleased(): Promise<void> {
    if (this.#attempt?.isReleased !== false) return Promise.resolve();
    return new Promise((resolve) => void this.#whenReleased.push(resolve));
  }

  attemptOver(ending: Ending, request: CancelRequest | undefined): void {
    const children = request === undefined ? [] : childrenOf(this.record);
    const { restart } = this.policy;
    if (restart !== undefined && this.#mayRestart(restart, ending)) this.#backOff(restart, ending, request);
    else this.#end(ending, request);
    if (request !== undefined) cancelDescendants(children, request.error);
  }

  bodyReleased(): void {
    for (const resolve of this.#whenReleased.splice(0)) resolve();
    this.#settleReady();
    if (this.waitingFor === "backoff" && this.record.isLive) this.#goOnIfReady();
    else if (!this.record.isLive) this.#releaseKey();
  }

  #mayRestart({ when, maxRestarts, resetAfterMs }: ResolvedRestart, ending: Ending): boolean {
    if (this.#machine.isClosing) return false;
    if (this.#machine.clock.now() - this.record.startedMs >= resetAfterMs) this.#restarts = 0;
    if (this.#restarts >= maxRestarts) return false;
    return wantsRestart(when, ending, this.record.attempt) && this.#supervisor?.mayRestart() !== false;
  }

  /** Running → queued: gives the slot back and comes back later, after the old body. */
  #backOff({ backoff }: ResolvedRestart, ending: Ending, request: CancelRequest | undefined): void {
    this.#restarts += 1;
    this.waitingFor = "backoff";
    const delayMs = safeDelayMs(backoff, this.#restarts);
    this.#machine.lifecycle.requeue(this.record);
    if (request !== undefined) this.#letBodyGo(request);
    this.record.renew();
    this.#releaseSlot();
    this.#machine.restarting(this.record, ending, delayMs);
    // A hook may have cancelled it.
    if (!this.record.isLive) return;
    this.#backoffAlarm = new Alarm(this.#machine.clock.now() + delayMs, () => {
      this.#backoffAlarm = undefined;
      this.#settleReady();
      this.#goOnIfReady();
    });
    this.#machine.keptDeadlines.add(this.#backoffAlarm);
  }

  /** Whether the backoff is over and no old body is in the way. */
  get #isReady(): boolean {
    return this.#backoffAlarm === undefined && this.#attempt?.isReleased !== false;
  }

  #settleReady(): void {
    if (this.#isReady || !this.record.isLive) for (const resolve of this.#whenReady.splice(0)) resolve();
  }

  /** After the backoff and the old body: asks for a slot again. */
  #goOnIfReady(): void {
    if (this.#isHeld || !this.#isReady) return;
    if (this.#machine.admission.tryTake(this.ticket.lane)) {
      this.#holdsSlot = true;
      this.waitingFor = "start";
      void Promise.resolve().then(() => this.#startInOrigin());
    } else {
      this.waitingFor = "slot";
      this.#machine.admission.wait(this.ticket);
    }
  }

  /** The key or the slot that it waited for is there. Called in the midst of another task's end: starts nothing now. */
  #onGranted(): void {
    if (this.waitingFor === "key") {
      if (!this.#machine.admission.tryTake(this.ticket.lane)) {
        this.waitingFor = "slot";
        this.#machine.admission.wait(this.ticket);
        return;
      }
    }
    this.#holdsSlot = true;
    this.waitingFor = "start";
    void Promise.resolve().then(() => this.#startInOrigin());
  }

  #startInOrigin(): void {
    if (this.#origin === undefined) this.start();
    else this.#origin.runInAsyncScope(() => this.start());
  }

  #totalTimePassed(): void {
    const what = `Task ${JSON.stringify(this.record.name)} (${this.record.id}), all attempts together,`;
    const error = new TaskTimeoutError(what, this.policy.totalTimeoutMs);
    const children = childrenOf(this.record);
    this.#end({ status: "failed", error, errorType: "timeout" }, { by: undefined, reason: undefined, error });
    cancelDescendants(children, error);
  }

  /** Ends the task: books first, then the signal of a body that goes on, then slot and key, then the caller. */
  #end(ending: Ending, request: CancelRequest | undefined): void {
    const { signals, managed, lifecycle, deadlines, keptDeadlines } = this.#machine;
    const isWaiting = this.record.state === "queued" && !this.#holdsSlot;
    if (this.#signal !== undefined) signals.remove(this.#signal, this.record);
    if (this.#totalAlarm !== undefined) deadlines.remove(this.#totalAlarm);
    if (this.#backoffAlarm !== undefined) keptDeadlines.remove(this.#backoffAlarm);
    if (isWaiting) this.#stopWaiting();
    managed.delete(this.record.id);
    if (request !== undefined && this.record.state === "running") this.#attempt?.letGo();
    lifecycle.end(this.record, ending);
    if (request !== undefined && !this.bodySettled) askToStop(this.record, request);
    this.#releaseSlot();
    if (this.#attempt?.isReleased !== false) this.#releaseKey();
    this.#settleReady();
    this.#supervisor?.memberEnded();
    const caller = this.#caller;
    this.#caller = undefined;
    if (ending.status === "completed") caller?.resolve(ending.value);
    else caller?.reject(ending.error);
  }

  #letBodyGo(request: CancelRequest): void {
    this.#attempt?.letGo();
    askToStop(this.record, request);
  }

  #stopWaiting(): void {
    if (this.waitingFor === "slot") this.#machine.admission.withdraw(this.ticket);
    else if (this.waitingFor === "key" && this.#key !== undefined)
      this.#machine.keys.leave(this.#key, this.ticket);
  }

  #releaseSlot(): void {
    if (!this.#holdsSlot) return;
    const wasUsed = this.#slotUsed;
    this.#holdsSlot = false;
    this.#slotUsed = false;
    this.#machine.admission.release(this.ticket.lane, wasUsed);
  }

  #releaseKey(): void {
    if (this.#key !== undefined) this.#machine.keys.release(this.#key, this);
  }
}
