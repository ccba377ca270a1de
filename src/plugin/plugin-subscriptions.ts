/** The event subscriptions of one plugin: they end with it. */
export class PluginSubscriptions {
  readonly #ends = new Set<() => void>();
  #isOver = false;

  /** Takes what ends a subscription, and gives it back as what the plugin may call itself. */
  add(end: () => void): () => void {
    const endOnce = (): void => {
      this.#ends.delete(endOnce);
      end();
    };
    if (this.#isOver) end();
    else this.#ends.add(endOnce);
    return endOnce;
  }

  endAll(): void {
    this.#isOver = true;
    for (const end of [...this.#ends]) end();
  }
}
