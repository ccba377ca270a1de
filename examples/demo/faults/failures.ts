/** Decides which tasks fail: exactly the given share of each name, evenly spread. */
export class Failures {
  #share: number;
  readonly #owed = new Map<string, number>();

  constructor(share: number) {
    this.#share = share;
  }

  /** The share of the tasks from now on; 0 for none. */
  change(share: number): void {
    this.#share = share;
  }

  /** Whether the next task of this name is to fail. */
  strikes(taskName: string): boolean {
    if (this.#share === 0) return false;
    const owed = (this.#owed.get(taskName) ?? 0) + this.#share;
    const strikes = owed >= 1;
    this.#owed.set(taskName, strikes ? owed - 1 : owed);
    return strikes;
  }
}
