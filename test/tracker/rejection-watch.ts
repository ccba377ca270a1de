/** Notes the unhandled rejections of this process, in place of the test runner, until it is stopped. */
export class RejectionWatch {
  readonly #seen: unknown[] = [];
  readonly #others = process.listeners("unhandledRejection");
  readonly #listener = (reason: unknown): void => void this.#seen.push(reason);

  constructor() {
    process.removeAllListeners("unhandledRejection");
    process.on("unhandledRejection", this.#listener);
  }

  stop(): readonly unknown[] {
    process.off("unhandledRejection", this.#listener);
    for (const other of this.#others) process.on("unhandledRejection", other);
    return this.#seen;
  }
}
