/** What names beyond the bound are counted as. */
const OTHER = "__other__";

/** Counts by name, of a bounded number of names: further ones are counted as `__other__`. */
export class NamedCounts {
  readonly #maxNames: number;
  readonly #counts = new Map<string, number>();

  constructor(maxNames: number) {
    this.#maxNames = maxNames;
  }

  /** Adds `amount` to the count of a name; 0 makes it stand at 0. */
  count(name: string, amount: number): void {
    const key = this.#counts.has(name) || this.#counts.size < this.#maxNames ? name : OTHER;
    this.#counts.set(key, (this.#counts.get(key) ?? 0) + amount);
  }

  snapshot(): ReadonlyMap<string, number> {
    return new Map(this.#counts);
  }
}
