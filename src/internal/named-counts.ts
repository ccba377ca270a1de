/** Counts by name, of a bounded number of names: the counts of further ones are added up under one name for all others. */
export class NamedCounts {
  readonly #maxNames: number;
  readonly #otherName: string;
  readonly #counts = new Map<string, number>();

  constructor(maxNames: number, otherName: string) {
    this.#maxNames = maxNames;
    this.#otherName = otherName;
  }

  /** Adds `amount` to the count of a name; 0 makes it stand at 0. */
  count(name: string, amount: number): void {
    const key = this.#counts.has(name) || this.#counts.size < this.#maxNames ? name : this.#otherName;
    this.#counts.set(key, (this.#counts.get(key) ?? 0) + amount);
  }

  snapshot(): ReadonlyMap<string, number> {
    return new Map(this.#counts);
  }
}
