/** Closes one thing. What it gives is said, if anything. */
export type Close = () => Promise<string | void>;

/** Remembers how to close what was started, and closes it in reverse order. */
export class ClosingSteps {
  readonly #steps: { readonly what: string; readonly close: Close }[] = [];

  /** To be called as soon as there is something to close. */
  add(what: string, close: Close): void {
    this.#steps.push({ what, close });
  }

  /** Closes everything, last come, first closed. A step that fails keeps no other from its turn. Gives whether all went well. */
  async close(say: (line: string) => void): Promise<boolean> {
    let well = true;
    for (let step = this.#steps.pop(); step !== undefined; step = this.#steps.pop()) {
      try {
        say(`${step.what}: ${(await step.close()) ?? "closed"}`);
      } catch (error) {
        well = false;
        say(`${step.what}: did not close well: ${error instanceof Error ? error.message : String(error)}`);
      }
    }
    return well;
  }
}
