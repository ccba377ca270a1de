import type { Clock, ClockTimer } from "./clock.ts";
import { IndexedHeap } from "./indexed-heap.ts";
import type { HeapNode } from "./indexed-heap.ts";
import { needStack } from "./stack-room.ts";

/** Something that is due at an instant. */
export interface Deadline extends HeapNode {
  /** When it is due, as a reading of `Clock.now`. Fixed while it is queued. */
  dueMs: number;
  /** Called once when due. Must not throw. */
  onDue(): void;
}

/** A deadline that calls a function. */
export class Alarm implements Deadline {
  heapIndex = -1;
  readonly dueMs: number;
  readonly onDue: () => void;

  constructor(dueMs: number, onDue: () => void) {
    this.dueMs = dueMs;
    this.onDue = onDue;
  }
}

/**
 * Many deadlines on one timer: 100,000 timeouts are one timer of the platform. With `keepAlive` that timer keeps the
 * process running while anything is queued; without, it never does.
 */
export class DeadlineQueue {
  readonly #clock: Clock;
  readonly #runOutside: (body: () => void) => void;
  readonly #keepAlive: boolean;
  readonly #heap = new IndexedHeap<Deadline>((a, b) => a.dueMs < b.dueMs);
  #timer: ClockTimer | undefined;
  #armedForMs = Number.POSITIVE_INFINITY;

  /** `runOutside` runs its argument outside any task, so that the shared timer belongs to none. */
  constructor(clock: Clock, runOutside: (body: () => void) => void, keepAlive: boolean) {
    this.#clock = clock;
    this.#runOutside = runOutside;
    this.#keepAlive = keepAlive;
  }

  get size(): number {
    return this.#heap.size;
  }

  /** Throws the `RangeError` of a stack overflow, and queues nothing, where too little stack is left to set a timer. */
  add(deadline: Deadline): void {
    try {
      this.#heap.add(deadline);
      if (this.#heap.first === deadline) this.#arm();
    } catch (error) {
      this.#heap.remove(deadline);
      throw error;
    }
  }

  /**
   * Harmless when the deadline is not queued. A timer that keeps nothing alive stays armed: an early wake-up that finds
   * nothing due is cheaper than setting a timer for every task that ends in time.
   */
  remove(deadline: Deadline): void {
    if (!this.#heap.remove(deadline) || !this.#keepAlive || this.#heap.size > 0) return;
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#armedForMs = Number.POSITIVE_INFINITY;
  }

  #arm(): void {
    const { first } = this.#heap;
    if (first === undefined || first.dueMs >= this.#armedForMs) return;
    // An overflow between entering and leaving an async scope makes Node abort the process.
    needStack("many");
    this.#timer?.cancel();
    this.#armedForMs = first.dueMs;
    this.#runOutside(() => {
      this.#timer = this.#clock.setTimer(
        () => this.#wake(),
        first.dueMs - this.#clock.now(),
        this.#keepAlive,
      );
    });
  }

  #wake(): void {
    this.#timer = undefined;
    this.#armedForMs = Number.POSITIVE_INFINITY;
    const nowMs = this.#clock.now();
    for (let { first } = this.#heap; first !== undefined && first.dueMs <= nowMs; { first } = this.#heap) {
      this.#heap.remove(first);
      first.onDue();
    }
    this.#arm();
  }
}
