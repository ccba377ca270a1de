/**
 * Does the same work for all who ask for it at about the same time: who asks while it is being done waits for the next
 * time, together with all others who do, so that nobody gets what is older than the question. However many ask, it
 * is done once at a time, and at most once more is wanted.
 */
export class SharedWork<T> {
  readonly #work: () => Promise<T>;
  #current: Promise<T> | undefined;
  #next: Promise<T> | undefined;

  constructor(work: () => Promise<T>) {
    this.#work = work;
  }

  /** Starts the work in this call, if it is not being done. Rejects with what the work rejects with. */
  ask(): Promise<T> {
    if (this.#current === undefined) return this.#begin();
    const goOn = (): Promise<T> => {
      this.#next = undefined;
      return this.#begin();
    };
    return (this.#next ??= this.#current.then(goOn, goOn));
  }

  #begin(): Promise<T> {
    return (this.#current = this.#work().finally(() => {
      // Else the next one takes its place, before anybody else can ask.
      if (this.#next === undefined) this.#current = undefined;
    }));
  }
}
