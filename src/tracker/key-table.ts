import { IndexedHeap } from "../internal/index.ts";
import type { Ticket } from "../policy/index.ts";

interface Entry<T extends Ticket> {
  holder: T;
  readonly waiting: IndexedHeap<T>;
}

/** Who has which key: of the tasks of one key, one goes at a time. */
export class KeyTable<T extends Ticket> {
  readonly #entries = new Map<string, Entry<T>>();
  #order = 0;

  /** The task that has the key. */
  holderOf(key: string): T | undefined {
    return this.#entries.get(key)?.holder;
  }

  /** Every task of the key: who has it, and who waits for it. */
  tasksOf(key: string): readonly T[] {
    const entry = this.#entries.get(key);
    return entry === undefined ? [] : [entry.holder, ...entry.waiting];
  }

  /** Takes a free key. */
  take(key: string, task: T): void {
    this.#entries.set(key, {
      holder: task,
      waiting: new IndexedHeap((a, b) => a.rank < b.rank || (a.rank === b.rank && a.order < b.order)),
    });
  }

  /** Waits for a key that another task has. `rank` orders those who wait. */
  wait(key: string, task: T, rank: number): void {
    task.rank = rank;
    task.order = this.#order++;
    this.#entries.get(key)?.waiting.add(task);
  }

  /** Gives up waiting. */
  leave(key: string, task: T): void {
    this.#entries.get(key)?.waiting.remove(task);
  }

  /** Gives the key back; who is next has it then, and is told. Harmless when `task` does not have it. */
  release(key: string, task: T): void {
    const entry = this.#entries.get(key);
    if (entry === undefined || entry.holder !== task) return;
    const { first } = entry.waiting;
    if (first === undefined) {
      this.#entries.delete(key);
      return;
    }
    entry.waiting.remove(first);
    entry.holder = first;
    first.onGranted();
  }
}
