import type { CancelRequest } from "./cancel-request.ts";

/**
 * How a body learns that it should stop. Belongs to one attempt, and outlives it where the body does: the next attempt
 * has its own. The `AbortSignal` is made when it is touched, for making one is dear.
 */
export class StopSignal {
  #request: CancelRequest | undefined;
  #controller: AbortController | undefined;

  /** The request to stop, if there was one. */
  get request(): CancelRequest | undefined {
    return this.#request;
  }

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.#request !== undefined) this.#controller.abort(this.#request.error);
    }
    return this.#controller.signal;
  }

  /** Notes a request; the first one stands. Gives what aborts the signal, if anybody has touched it. */
  ask(request: CancelRequest): (() => void) | undefined {
    if (this.#request !== undefined) return undefined;
    this.#request = request;
    const controller = this.#controller;
    return controller === undefined ? undefined : () => controller.abort(request.error);
  }
}
