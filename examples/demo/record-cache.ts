import type { PackageRecord } from "./package-record.ts";

interface Entry {
  readonly record: PackageRecord;
  readonly atMs: number;
}

/** The records asked for last, up to a number and an age. */
export class RecordCache {
  readonly #entries = new Map<string, Entry>();
  readonly #maxEntries: number;
  readonly #maxAgeMs: number;

  constructor(maxEntries: number, maxAgeMs: number) {
    this.#maxEntries = maxEntries;
    this.#maxAgeMs = maxAgeMs;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** The names, the one that was unused for longest first. */
  get names(): readonly string[] {
    return [...this.#entries.keys()];
  }

  get(name: string): PackageRecord | undefined {
    const entry = this.#entries.get(name);
    if (entry === undefined) return undefined;
    this.#entries.delete(name);
    this.#entries.set(name, entry);
    return entry.record;
  }

  set(record: PackageRecord): void {
    this.#entries.delete(record.name);
    this.#entries.set(record.name, { record, atMs: performance.now() });
    for (const name of this.#entries.keys()) {
      if (this.#entries.size <= this.#maxEntries) break;
      this.#entries.delete(name);
    }
  }

  delete(name: string): boolean {
    return this.#entries.delete(name);
  }

  /** Drops what is too old. Gives how many. */
  prune(): number {
    const oldestMs = performance.now() - this.#maxAgeMs;
    let dropped = 0;
    for (const [name, { atMs }] of this.#entries) {
      if (atMs < oldestMs && this.#entries.delete(name)) dropped += 1;
    }
    return dropped;
  }
}
