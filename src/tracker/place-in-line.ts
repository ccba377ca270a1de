import { AsyncResource } from "node:async_hooks";
import type { Admission, ResolvedPolicy, Ticket } from "../policy/index.ts";
import type { KeyTable } from "./key-table.ts";
import type { TaskRecord, WaitingFor } from "./task-record.ts";

/** What waiting needs of a tracker. */
export interface WaitingMachine {
  readonly admission: Admission;
  readonly keys: KeyTable<PlaceInLine>;
}

/** Resolved for good: what follows it runs in a microtask of its own, in the async context of whoever asks. */
const resolved: Promise<void> = Promise.resolve();

/** The slot and the key of a managed task, and its wait for them. Is its own ticket in the queues. */
export abstract class PlaceInLine implements Ticket {
  readonly record: TaskRecord;
  readonly policy: ResolvedPolicy;
  lane: string;
  rank = 0;
  order = 0;
  heapIndex = -1;
  waitingFor: WaitingFor = "start";
  protected readonly key: string | undefined;
  protected holdsSlot = false;
  /** The async context of whoever asked for the task, where it starts later than in a microtask of that call. */
  protected origin: AsyncResource | undefined = undefined;
  readonly #machine: WaitingMachine;
  /** Whether an attempt has started with the slot that is held. */
  #isSlotUsed = false;
  /** Under which limits the slot was taken. */
  #slotGeneration = 0;

  constructor(
    machine: WaitingMachine,
    record: TaskRecord,
    policy: ResolvedPolicy,
    lane: string,
    key: string | undefined,
  ) {
    this.#machine = machine;
    this.record = record;
    this.policy = policy;
    this.lane = lane;
    this.key = key;
  }

  get priority(): number {
    return this.policy.priority;
  }

  /** Starts an attempt, if the task still waits to be started. Never throws. */
  abstract start(): void;

  /** Admitted with a slot: {@link startSoon} or {@link start} may be called. */
  takeSlot(): void {
    this.holdsSlot = true;
    this.#slotGeneration = this.#machine.admission.generation;
  }

  /** Admitted without one: waits for a slot, or for its key first. */
  waitFor(what: "slot" | "key", rankMs: number): void {
    this.keepOrigin();
    this.waitingFor = what;
    if (what === "slot") this.#machine.admission.wait(this);
    else this.#machine.keys.wait(this.key ?? "", this, rankMs);
  }

  changeLane(lane: string): void {
    if (this.lane === lane) return;
    const { admission } = this.#machine;
    const isQueued = admission.withdraw(this);
    const from = this.lane;
    this.lane = lane;
    if (isQueued) admission.rejoin(this);
    else if (this.holdsSlot) {
      admission.moveSlot(from, lane);
      // What it took of a rate, it took of that of the other lane.
      this.#isSlotUsed = true;
    }
  }

  /** Starts in a microtask of its own, in the async context of this call. */
  startSoon(): void {
    void resolved.then(start.bind(this));
  }

  /** The key or the slot that it waited for is there. Called in the midst of another task's end: starts nothing now. */
  onGranted(): void {
    if (this.waitingFor === "key") this.askForSlot();
    else this.#startLater();
  }

  /** Starts as soon as there is a slot. */
  protected askForSlot(): void {
    if (this.#machine.admission.tryTake(this.lane)) this.#startLater();
    else {
      this.waitingFor = "slot";
      this.#machine.admission.wait(this);
    }
  }

  protected keepOrigin(): void {
    this.origin ??= new AsyncResource("taskscope.task");
  }

  /** The slot that is held is made use of. */
  protected useSlot(): void {
    this.#isSlotUsed = true;
  }

  protected stopWaiting(): void {
    if (this.waitingFor === "slot") this.#machine.admission.withdraw(this);
    else if (this.waitingFor === "key" && this.key !== undefined) this.#machine.keys.leave(this.key, this);
  }

  protected releaseSlot(): void {
    if (!this.holdsSlot) return;
    const { admission } = this.#machine;
    const wasUsed = this.#isSlotUsed || this.#slotGeneration !== admission.generation;
    this.holdsSlot = false;
    this.#isSlotUsed = false;
    admission.release(this.lane, wasUsed);
  }

  protected releaseKey(): void {
    if (this.key !== undefined) this.#machine.keys.release(this.key, this);
  }

  #startLater(): void {
    this.takeSlot();
    this.waitingFor = "start";
    if (this.origin === undefined) this.startSoon();
    else void resolved.then(startInOrigin.bind(this, this.origin));
  }
}

function start(this: PlaceInLine): void {
  this.start();
}

function startInOrigin(this: PlaceInLine, origin: AsyncResource): void {
  origin.runInAsyncScope(() => this.start());
}
