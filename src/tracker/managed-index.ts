import type { TaskRecord } from "./task-record.ts";

/** So many tasks must come while nobody asks before the index is let go. */
const PATIENCE = 10_000;

/**
 * Finds live managed tasks by their number. Putting every task into a map and taking it out again costs a fifth of what a
 * short one costs in all, and hardly anybody asks: the map is made when somebody does, kept up to date while people go on
 * asking, and let go when they have stopped.
 */
export class ManagedIndex {
  readonly #live: () => Iterable<TaskRecord>;
  #byId: Map<number, TaskRecord> | undefined;
  #addedUnasked = 0;

  /** `live` gives all live tasks, at the least. */
  constructor(live: () => Iterable<TaskRecord>) {
    this.#live = live;
  }

  add(record: TaskRecord): void {
    if (this.#byId === undefined) return;
    this.#byId.set(record.id, record);
    this.#addedUnasked += 1;
    // Making it again must stay rarer than what it takes to have it become dear.
    if (this.#addedUnasked > PATIENCE && this.#addedUnasked > this.#byId.size) this.#byId = undefined;
  }

  /** Harmless when it is not there. */
  delete(record: TaskRecord): void {
    this.#byId?.delete(record.id);
  }

  find(id: number): TaskRecord | undefined {
    this.#addedUnasked = 0;
    if (this.#byId === undefined) {
      this.#byId = new Map();
      for (const record of this.#live()) if (record.managed) this.#byId.set(record.id, record);
    }
    return this.#byId.get(id);
  }
}
