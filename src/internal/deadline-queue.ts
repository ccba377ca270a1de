import type { Clock, ClockTimer } from "./clock.ts";

/** Something that is due at an instant. `heapIndex` belongs to the queue: -1 while not queued. */
export interface Deadline {
  /** When it is due, as a reading of `Clock.now`. */
  dueMs: number;
  heapIndex: number;
  /** Called once when due. Must not throw. */
  onDue(): void;
}

/**
 * Many deadlines on one timer: a binary heap by due time whose entries know their place, so that adding and removing
 * cost O(log n) and 100,000 timeouts are one timer of the platform. The timer never keeps the process alive.
 */
export class DeadlineQueue {
  readonly #clock: Clock;
  readonly #runOutside: (body: () => void) => void;
  readonly #heap: Deadline[] = [];
  #timer: ClockTimer | undefined;
  #armedForMs = Number.POSITIVE_INFINITY;

  /** `runOutside` runs its argument outside any task, so that the shared timer belongs to none. */
  constructor(clock: Clock, runOutside: (body: () => void) => void) {
    this.#clock = clock;
    this.#runOutside = runOutside;
  }

  get size(): number {
    return this.#heap.length;
  }

  add(deadline: Deadline): void {
    deadline.heapIndex = this.#heap.length;
    this.#heap.push(deadline);
    this.#rise(deadline);
    if (deadline.heapIndex === 0) this.#arm();
  }

  /**
   * Harmless when the deadline is not queued. The timer stays armed, even for an empty queue: an early wake-up that
   * finds nothing due is cheaper than setting a timer for every task that ends in time.
   */
  remove(deadline: Deadline): void {
    const index = deadline.heapIndex;
    if (index < 0) return;
    deadline.heapIndex = -1;
    const last = this.#heap.pop();
    if (last !== undefined && last !== deadline) {
      last.heapIndex = index;
      this.#heap[index] = last;
      this.#rise(last);
      this.#sink(last);
    }
  }

  #arm(): void {
    const head = this.#heap[0];
    if (head === undefined || head.dueMs >= this.#armedForMs) return;
    this.#timer?.cancel();
    this.#armedForMs = head.dueMs;
    this.#runOutside(() => {
      this.#timer = this.#clock.setTimer(() => this.#wake(), head.dueMs - this.#clock.now(), false);
    });
  }

  #wake(): void {
    this.#timer = undefined;
    this.#armedForMs = Number.POSITIVE_INFINITY;
    const nowMs = this.#clock.now();
    for (let head = this.#heap[0]; head !== undefined && head.dueMs <= nowMs; head = this.#heap[0]) {
      this.remove(head);
      head.onDue();
    }
    this.#arm();
  }

  #rise(deadline: Deadline): void {
    let index = deadline.heapIndex;
    while (index > 0) {
      const parentIndex = (index - 1) >> 1;
      const parent = this.#heap[parentIndex];
      if (parent === undefined || parent.dueMs <= deadline.dueMs) break;
      this.#place(parent, index);
      index = parentIndex;
    }
    this.#place(deadline, index);
  }

  #sink(deadline: Deadline): void {
    let index = deadline.heapIndex;
    for (;;) {
      let childIndex = 2 * index + 1;
      let child = this.#heap[childIndex];
      if (child === undefined) break;
      const right = this.#heap[childIndex + 1];
      if (right !== undefined && right.dueMs < child.dueMs) {
        child = right;
        childIndex += 1;
      }
      if (child.dueMs >= deadline.dueMs) break;
      this.#place(child, index);
      index = childIndex;
    }
    this.#place(deadline, index);
  }

  #place(deadline: Deadline, index: number): void {
    this.#heap[index] = deadline;
    deadline.heapIndex = index;
  }
}
