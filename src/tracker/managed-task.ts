import { TaskTimeoutError } from "../errors/index.ts";
import { Alarm } from "../internal/index.ts";
import type { DeadlineQueue } from "../internal/index.ts";
import { safeDelayMs, wantsRestart } from "../policy/index.ts";
import type { ResolvedPolicy, ResolvedRestart } from "../policy/index.ts";
import { Attempt } from "./attempt.ts";
import type { AttemptMachine, AttemptOwner, ManagedBody } from "./attempt.ts";
import { askToStop, cancelDescendants, childrenOf } from "./cancel.ts";
import type { Cancellation, CancelRequest } from "./cancel-request.ts";
import type { Ending } from "./ending.ts";
import { attemptEnd } from "./lifecycle.ts";
import type { Lifecycle } from "./lifecycle.ts";
import type { ManagedIndex } from "./managed-index.ts";
import { PlaceInLine } from "./place-in-line.ts";
import type { WaitingMachine } from "./place-in-line.ts";
import type { SignalHub } from "./signal-hub.ts";
import type { ManagedPart, TaskRecord } from "./task-record.ts";

/** What managing needs of a tracker. */
export interface ManagingMachine extends AttemptMachine, WaitingMachine {
  readonly lifecycle: Lifecycle;
  readonly signals: SignalHub;
  /** Must keep the process running: for work that was asked for. */
  readonly keptDeadlines: DeadlineQueue;
  readonly managed: ManagedIndex;
  readonly isClosing: boolean;
  /** Told that a task wants to come back and may not any more, after so many restarts. Its end follows. */
  gaveUp(record: TaskRecord, restarts: number): void;
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

/**
 * Takes one managed task through its life: key, slot, attempts with their restarts, end. The task may end before its body
 * does; its slot is free from then on, its key only when the body has settled or its grace is over.
 */
export class ManagedTask extends PlaceInLine implements ManagedPart, AttemptOwner {
  readonly #machine: ManagingMachine;
  /** Let go at the start of a task that has only one: it may hold what alone could settle it. */
  #body: ManagedBody | undefined;
  readonly #signal: AbortSignal | undefined;
  readonly #supervisor: TaskSupervisor | undefined;
  /** Stopped by its group, which will let it go on. */
  #isHeld = false;
  #whenReleased: (() => void)[] | undefined = undefined;
  #whenReady: (() => void)[] | undefined = undefined;
  #caller: Caller | undefined = undefined;
  #attempt: Attempt | undefined = undefined;
  #restarts = 0;
  #totalAlarm: Alarm | undefined = undefined;
  #backoffAlarm: Alarm | undefined = undefined;

  /** One argument each: an object of them would be one more to make at every spawn. */
  constructor(
    machine: ManagingMachine,
    record: TaskRecord,
    body: ManagedBody,
    policy: ResolvedPolicy,
    lane: string,
    key: string | undefined,
    signal: AbortSignal | undefined,
    supervisor: TaskSupervisor | undefined,
  ) {
    super(machine, record, policy, lane, key);
    this.#machine = machine;
    this.#body = body;
    this.#signal = signal;
    this.#supervisor = supervisor;
    if (policy.restart !== undefined || supervisor !== undefined) this.keepOrigin();
  }

  get attempt(): Attempt | undefined {
    return this.#attempt;
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

  /** Sets the alarm for all attempts and waits together. */
  watchTotalTime(): void {
    const { totalTimeoutMs } = this.policy;
    if (totalTimeoutMs === Number.POSITIVE_INFINITY || !this.record.isLive) return;
    this.#totalAlarm = new Alarm(this.#machine.clock.now() + totalTimeoutMs, () => this.#totalTimePassed());
    this.#machine.deadlines.add(this.#totalAlarm);
  }

  /** Starts an attempt, unless the task has ended since it was let in. Never throws. */
  start(): void {
    if (this.record.state !== "queued" || !this.holdsSlot) return;
    this.useSlot();
    this.#machine.lifecycle.start(this.record, this.record.attempt === 0);
    // A hook may have cancelled it in the meantime: then the body never runs.
    if (!this.record.isLive) return;
    const body = this.#body;
    if (body === undefined) return;
    if (this.policy.restart === undefined && this.#supervisor === undefined) this.#body = undefined;
    this.#attempt = new Attempt(this.#machine, this);
    this.#attempt.run(body);
  }

  /** Ends the task as cancelled, at once, whether a body runs or not. */
  cancel(request: Cancellation): void {
    if (this.record.isLive) this.#end(request, request);
  }

  /**
   * Stops the attempt for a group that restarts several tasks together. The task stays alive, queued, until
   * {@link goOn}. Settles when its body has settled or its grace is over, and its backoff, if it was in one; or when it
   * has ended.
   */
  hold(request: Cancellation): Promise<void> {
    if (!this.record.isLive) return Promise.resolve();
    this.#isHeld = true;
    if (this.record.state === "running") {
      const children = childrenOf(this.record);
      this.#machine.lifecycle.requeue(this.record);
      this.#letBodyGo(request);
      this.record.renew();
      this.releaseSlot();
      const { host } = this.#machine;
      if (!host.attemptEndHooks.isEmpty) host.attemptEnded(this.record, attemptEnd(this.record, request, 0));
      cancelDescendants(children, request.error);
    } else {
      this.stopWaiting();
      this.releaseSlot();
    }
    this.waitingFor = "backoff";
    return this.#isReady
      ? Promise.resolve()
      : new Promise((resolve) => void (this.#whenReady ??= []).push(resolve));
  }

  /** Lets a held task go on with another attempt. */
  goOn(): void {
    this.#isHeld = false;
    if (this.record.isLive && this.waitingFor === "backoff") this.#goOnIfReady();
  }

  /** Settles when nothing of a body goes on, or its grace is over. */
  whenReleased(): Promise<void> {
    if (this.#attempt?.isReleased !== false) return Promise.resolve();
    return new Promise((resolve) => void (this.#whenReleased ??= []).push(resolve));
  }

  attemptOver(ending: Ending, request: CancelRequest | undefined): void {
    const children = request === undefined ? [] : childrenOf(this.record);
    const { restart } = this.policy;
    if (restart !== undefined && this.#mayRestart(restart, ending)) this.#backOff(restart, ending, request);
    else this.#end(ending, request);
    if (request !== undefined) cancelDescendants(children, request.error);
  }

  bodyReleased(): void {
    for (const resolve of this.#whenReleased?.splice(0) ?? []) resolve();
    this.#settleReady();
    if (this.waitingFor === "backoff" && this.record.isLive) this.#goOnIfReady();
    else if (!this.record.isLive) this.releaseKey();
  }

  #mayRestart({ when, maxRestarts, resetAfterMs }: ResolvedRestart, ending: Ending): boolean {
    if (this.#machine.isClosing) return false;
    if (this.#machine.clock.now() - this.record.startedMs >= resetAfterMs) this.#restarts = 0;
    if (!wantsRestart(when, ending, this.record.attempt)) return false;
    if (this.#restarts < maxRestarts) return this.#supervisor?.mayRestart() !== false;
    this.#machine.gaveUp(this.record, this.#restarts);
    return false;
  }

  /** Running → queued: gives the slot back and comes back later, after the old body. */
  #backOff({ backoff }: ResolvedRestart, ending: Ending, request: CancelRequest | undefined): void {
    this.#restarts += 1;
    this.waitingFor = "backoff";
    const delayMs = safeDelayMs(backoff, this.#restarts);
    this.#machine.lifecycle.requeue(this.record);
    if (request !== undefined) this.#letBodyGo(request);
    this.record.renew();
    this.releaseSlot();
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
    if (this.#whenReady === undefined || (!this.#isReady && this.record.isLive)) return;
    for (const resolve of this.#whenReady.splice(0)) resolve();
  }

  /** After the backoff and the old body: asks for a slot again. */
  #goOnIfReady(): void {
    if (!this.#isHeld && this.#isReady) this.askForSlot();
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
    const isWaiting = this.record.state === "queued" && !this.holdsSlot;
    if (this.#signal !== undefined) signals.remove(this.#signal, this.record);
    if (this.#totalAlarm !== undefined) deadlines.remove(this.#totalAlarm);
    if (this.#backoffAlarm !== undefined) keptDeadlines.remove(this.#backoffAlarm);
    if (isWaiting) this.stopWaiting();
    managed.delete(this.record);
    if (request !== undefined && this.record.state === "running") this.#attempt?.letGo();
    lifecycle.end(this.record, ending);
    if (request !== undefined && !this.bodySettled) askToStop(this.record, request);
    this.releaseSlot();
    if (this.#attempt?.isReleased !== false) this.releaseKey();
    this.#settleReady();
    this.#supervisor?.memberEnded();
    const caller = this.#caller;
    this.#caller = undefined;
    if (ending.status === "completed") caller?.resolve(ending.value);
    else if (caller !== undefined) caller.reject(ending.error);
  }

  #letBodyGo(request: CancelRequest): void {
    this.#attempt?.letGo();
    askToStop(this.record, request);
  }
}
