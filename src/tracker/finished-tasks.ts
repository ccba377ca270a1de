import type { Clock, Deadline, DeadlineQueue } from "../internal/index.ts";
import { cleanupBounds } from "../metrics/index.ts";
import type { Retention } from "../policy/index.ts";
import { Histogram, HistogramBounds } from "../stats/index.ts";
import type { HistogramSnapshot } from "../stats/index.ts";
import type { TaskRecord } from "./task-record.ts";

const FIRST_CAPACITY = 64;

const sweepBounds = new HistogramBounds(cleanupBounds);

/**
 * The tasks that ended last, oldest first, in a ring that grows up to `maxFinished`; then the oldest give way. Ages
 * count from the end of a task. It holds no results and no errors, only what a {@link TaskRecord} keeps.
 */
export class FinishedTasks implements Deadline {
  dueMs = 0;
  heapIndex = -1;
  readonly #clock: Clock;
  readonly #deadlines: DeadlineQueue;
  readonly #retention: Retention;
  readonly #maxFinished: number;
  readonly #sweeps = new Histogram(sweepBounds);
  #ring: (TaskRecord | undefined)[] = [];
  #head = 0;
  #size = 0;

  constructor(clock: Clock, deadlines: DeadlineQueue, retention: Retention) {
    this.#clock = clock;
    this.#deadlines = deadlines;
    this.#retention = retention;
    this.#maxFinished = retention.maxFinished;
  }

  get size(): number {
    return this.#size;
  }

  /** How many sweeps there were, and how long they took. */
  get sweeps(): HistogramSnapshot {
    return this.#sweeps.snapshot();
  }

  add(record: TaskRecord): void {
    if (this.#maxFinished === 0) return;
    if (this.#size === this.#maxFinished) {
      // Full for good: the newest takes the place of the oldest.
      const head = this.#head;
      this.#ring[head] = record;
      this.#head = head + 1 === this.#size ? 0 : head + 1;
      return;
    }
    if (this.#size === this.#ring.length) this.#grow();
    this.#ring[(this.#head + this.#size) % this.#ring.length] = record;
    this.#size += 1;
    if (this.heapIndex < 0) this.#scheduleSweep();
  }

  /** Drops the tasks that ended `olderThanMs` ago or longer. Gives how many. */
  sweep(olderThanMs: number): number {
    const startedMs = this.#clock.now();
    const endedUntilMs = startedMs - olderThanMs;
    const sizeBefore = this.#size;
    for (let oldest = this.#ring[this.#head]; this.#size > 0; oldest = this.#ring[this.#head]) {
      if (oldest?.endedMs !== undefined && oldest.endedMs > endedUntilMs) break;
      this.#dropOldest();
    }
    if (this.#size === 0) {
      this.#ring = [];
      this.#head = 0;
    }
    this.#sweeps.observe(this.#clock.now() - startedMs);
    return sizeBefore - this.#size;
  }

  onDue(): void {
    this.sweep(this.#retention.finishedMs);
    if (this.#size > 0) this.#scheduleSweep();
  }

  find(id: number): TaskRecord | undefined {
    for (const record of this) if (record.id === id) return record;
    return undefined;
  }

  *[Symbol.iterator](): IterableIterator<TaskRecord> {
    for (let index = 0; index < this.#size; index += 1) {
      const record = this.#ring[(this.#head + index) % this.#ring.length];
      if (record !== undefined) yield record;
    }
  }

  #dropOldest(): void {
    this.#ring[this.#head] = undefined;
    this.#head = (this.#head + 1) % this.#ring.length;
    this.#size -= 1;
  }

  /** Where no stack is left to set a timer, the next task that ends tries again. */
  #scheduleSweep(): void {
    const { finishedMs, sweepMs } = this.#retention;
    if (finishedMs === Number.POSITIVE_INFINITY || sweepMs === Number.POSITIVE_INFINITY) return;
    try {
      this.dueMs = this.#clock.now() + sweepMs;
      this.#deadlines.add(this);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
    }
  }

  #grow(): void {
    const capacity = Math.min(this.#maxFinished, Math.max(FIRST_CAPACITY, this.#ring.length * 2));
    const grown: (TaskRecord | undefined)[] = [...this];
    grown.length = capacity;
    this.#ring = grown;
    this.#head = 0;
  }
}
