import { setTimeout as delay } from "node:timers/promises";
import type { Tracker } from "taskscope";
import type { Failures } from "./faults/failures.ts";

/** The answer was not the one asked for. */
class UnexpectedStatusError extends Error {
  override readonly name = "UnexpectedStatusError";

  constructor(path: string, status: number) {
    super(`${path} answered ${status}`);
  }
}

export interface ClientOptions {
  readonly url: string;
  readonly names: () => readonly string[];
  readonly concurrency: number;
  readonly ratePerSecond: number;
  readonly failures: Failures;
}

/** Every so many requests one asks for the whole list. */
const LIST_EVERY = 25;

/** Asks the service for packages, over and over, with a bounded number of requests under way. */
export class Client {
  readonly #tasks: Tracker;
  readonly #options: ClientOptions;
  readonly #stopping = new AbortController();
  #workers: readonly Promise<void>[] = [];
  #requests = 0;
  #nextAtMs = 0;

  constructor(tasks: Tracker, options: ClientOptions) {
    this.#tasks = tasks;
    this.#options = options;
  }

  start(): void {
    this.#nextAtMs = performance.now();
    this.#workers = Array.from({ length: this.#options.concurrency }, () => this.#work());
  }

  /** Starts no more requests and waits for those under way. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await Promise.all(this.#workers);
  }

  async #work(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      await this.#turn(signal);
      if (signal.aborted) return;
      this.#requests += 1;
      const path = this.#requests % LIST_EVERY === 0 ? "/packages" : `/packages/${this.#pick()}`;
      await this.#ask(path).catch(() => undefined); // Tracked as a failed task; the next request comes.
    }
  }

  /** Waits until the next request may start. */
  async #turn(signal: AbortSignal): Promise<void> {
    const { ratePerSecond } = this.#options;
    if (ratePerSecond === 0) return;
    const nowMs = performance.now();
    const atMs = Math.max(this.#nextAtMs, nowMs);
    this.#nextAtMs = atMs + 1_000 / ratePerSecond;
    if (atMs > nowMs) await delay(atMs - nowMs, undefined, { signal }).catch(() => undefined);
  }

  /** The path of a package. Some are asked for more often than others. */
  #pick(): string {
    const names = this.#options.names();
    const name = names[Math.floor(Math.random() ** 2 * names.length)] ?? "";
    const path = name.split("/").map(encodeURIComponent).join("/");
    return this.#options.failures.strikes("fetch-package") ? `${path}/is-not-installed` : path;
  }

  async #ask(path: string): Promise<void> {
    const name = path === "/packages" ? "fetch-list" : "fetch-package";
    await this.#tasks.run({ name, type: "network", attributes: { "url.path": path } }, async ({ signal }) => {
      const response = await fetch(new URL(path, this.#options.url), { signal });
      const body: unknown = await response.json();
      if (response.status !== 200) throw new UnexpectedStatusError(path, response.status);
      return body;
    });
  }
}
