/** A lock per key. Who waits is let in first come, first served, and waits for ever if the holder never releases. */
export class KeyedLock {
  readonly #tails = new Map<string, Promise<void>>();

  /** Waits for the lock of `key`; gives the function that releases it. */
  async acquire(key: string): Promise<() => void> {
    const before = this.#tails.get(key);
    let release = (): void => undefined;
    const tail = new Promise<void>((resolve) => {
      release = resolve;
    });
    this.#tails.set(key, tail);
    await before;
    return () => {
      release();
      if (this.#tails.get(key) === tail) this.#tails.delete(key);
    };
  }
}
