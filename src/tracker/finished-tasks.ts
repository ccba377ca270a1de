import type { Clock, Deadline, DeadlineQueue } from "../internal/index.ts";
import { cleanupBounds } from "../metrics/index.ts";
import type { Retention } from "../policy/index.ts";
import { Histogram, HistogramBounds } from "../stats/index.ts";
import type { HistogramSnapshot } from "../stats/index.ts";
import { TaskRecord } from "./task-record.ts";
import type { TaskSeries } from "./task-series.ts";

const FIRST_CAPACITY = 64;

/** The numbers that are kept of a task, at these places. */
const [ID, PARENT, STARTED, ENDED, SPAWNED, NUMBERS] = [0, 1, 2, 3, 4, 5] as const;

/** In the place of {@link SPAWNED}, where an observed task has none. */
const NEVER = -1;

const sweepBounds = new HistogramBounds(cleanupBounds);

/**
 * The tasks that ended last, oldest first, in a ring that grows up to `maxFinished`; then the oldest give way. Ages
 * count from the end of a task. It holds no results and no errors, only what a {@link TaskRecord} keeps.
 *
 * Of a task that has nothing but its numbers, as nearly every observed one, only these are kept, not the record: writing
 * them costs less than what a young object costs that an old one points to.
 */
export class FinishedTasks implements Deadline {
  dueMs = 0;
  heapIndex = -1;
  readonly #clock: Clock;
  readonly #deadlines: DeadlineQueue;
  readonly #retention: Retention;
  readonly #maxFinished: number;
  readonly #sweeps = new Histogram(sweepBounds);
  #capacity = 0;
  #numbers = new Float64Array(0);
  /** The series of a task of which only numbers are kept, or else its record. */
  #tasks: (TaskSeries<TaskRecord> | TaskRecord | undefined)[] = [];
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

  /** Of how many more is kept than their numbers. */
  get records(): number {
    let records = 0;
    for (const task of this.#tasks) if (task instanceof TaskRecord) records += 1;
    return records;
  }

  /** How many sweeps there were, and how long they took. */
  get sweeps(): HistogramSnapshot {
    return this.#sweeps.snapshot();
  }

  /** Keeps a task that has ended. */
  add(record: TaskRecord): void {
    if (this.#maxFinished === 0) return;
    const slot = this.#nextSlot();
    this.#numbers[slot * NUMBERS + ENDED] = record.endedMs ?? 0;
    this.#tasks[slot] = record;
  }

  /**
   * Keeps a task of which there is no more to say than a few numbers: completed, and observed without
   * {@link TaskRecord.extra}, or managed (`spawnedMs`) with one attempt and no {@link TaskRecord.details}.
   */
  addPlain(record: TaskRecord, endedMs: number, spawnedMs: number = NEVER): void {
    if (this.#maxFinished === 0) return;
    const slot = this.#nextSlot();
    const at = slot * NUMBERS;
    const numbers = this.#numbers;
    numbers[at + ID] = record.id;
    numbers[at + PARENT] = record.parentNumber;
    numbers[at + STARTED] = record.startedMs;
    numbers[at + ENDED] = endedMs;
    numbers[at + SPAWNED] = spawnedMs;
    this.#tasks[slot] = record.series;
  }

  /** Drops the tasks that ended `olderThanMs` ago or longer. Gives how many. */
  sweep(olderThanMs: number): number {
    const startedMs = this.#clock.now();
    const endedUntilMs = startedMs - olderThanMs;
    const sizeBefore = this.#size;
    while (this.#size > 0 && this.#endedMs(this.#head) <= endedUntilMs) {
      this.#tasks[this.#head] = undefined;
      this.#head = (this.#head + 1) % this.#capacity;
      this.#size -= 1;
    }
    if (this.#size === 0) this.#reserve(0);
    this.#sweeps.observe(this.#clock.now() - startedMs);
    return sizeBefore - this.#size;
  }

  onDue(): void {
    this.sweep(this.#retention.finishedMs);
    if (this.#size > 0) this.#scheduleSweep();
  }

  find(id: number): TaskRecord | undefined {
    for (let index = 0; index < this.#size; index += 1) {
      const slot = (this.#head + index) % this.#capacity;
      const task = this.#tasks[slot];
      if (task === undefined) continue;
      if (task instanceof TaskRecord) {
        if (task.id === id) return task;
      } else if (this.#numbers[slot * NUMBERS + ID] === id) return this.#recordOf(task, slot);
    }
    return undefined;
  }

  *[Symbol.iterator](): IterableIterator<TaskRecord> {
    for (let index = 0; index < this.#size; index += 1) {
      const slot = (this.#head + index) % this.#capacity;
      const task = this.#tasks[slot];
      if (task !== undefined) yield task instanceof TaskRecord ? task : this.#recordOf(task, slot);
    }
  }

  #recordOf(series: TaskSeries<TaskRecord>, slot: number): TaskRecord {
    const [id = 0, parentNumber = 0, startedMs = 0, endedMs = 0, spawnedMs = NEVER] = this.#numbers.subarray(
      slot * NUMBERS,
    );
    const record = new TaskRecord(id, series, parentNumber, undefined, "completed", startedMs);
    record.setEnd(endedMs);
    if (spawnedMs !== NEVER) {
      const extra = record.needExtra();
      extra.isManaged = true;
      extra.spawnedMs = spawnedMs;
      extra.attempts = 1;
      extra.ranMs = endedMs - startedMs;
    }
    return record;
  }

  #endedMs(slot: number): number {
    return this.#numbers[slot * NUMBERS + ENDED] ?? 0;
  }

  /** The place for one more: the oldest one's, once the ring is full for good. */
  #nextSlot(): number {
    if (this.#size === this.#maxFinished) {
      const head = this.#head;
      this.#head = head + 1 === this.#size ? 0 : head + 1;
      return head;
    }
    if (this.#size === this.#capacity)
      this.#reserve(Math.min(this.#maxFinished, Math.max(FIRST_CAPACITY, this.#capacity * 2)));
    const slot = (this.#head + this.#size) % this.#capacity;
    this.#size += 1;
    if (this.heapIndex < 0) this.#scheduleSweep();
    return slot;
  }

  /** Moves what is kept to a ring of another capacity. */
  #reserve(capacity: number): void {
    const numbers = new Float64Array(capacity * NUMBERS);
    const tasks: (TaskSeries<TaskRecord> | TaskRecord | undefined)[] = [];
    for (let index = 0; index < this.#size; index += 1) {
      const slot = (this.#head + index) % this.#capacity;
      numbers.set(this.#numbers.subarray(slot * NUMBERS, (slot + 1) * NUMBERS), index * NUMBERS);
      tasks.push(this.#tasks[slot]);
    }
    tasks.length = capacity;
    this.#numbers = numbers;
    this.#tasks = tasks;
    this.#capacity = capacity;
    this.#head = 0;
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
}
