import type { Clock, ClockTimer, Diag } from "../internal/index.ts";

/** Messages that wait for one receiver. */
const CAPACITY = 100;
const TIMEOUT_MS = 10_000;
const FIRST_BACKOFF_MS = 1_000;
const MAX_BACKOFF_MS = 60_000;

/** Where messages go. */
export interface DeliveryTarget {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * Posts messages to one receiver, one after the other and in order. A receiver that does not answer, answers 429 or is in
 * trouble (5xx) is tried again, 1 s later, doubling to 60 s; a message it refuses (4xx) is dropped. {@link CAPACITY} messages
 * wait; then the oldest are dropped. What is dropped is counted, and reported when it begins. Never throws.
 */
export class Delivery {
  readonly #target: DeliveryTarget;
  readonly #clock: Clock;
  readonly #diag: Diag;
  readonly #queue: string[] = [];
  readonly #closing = new AbortController();
  #isBusy = false;
  #failures = 0;
  #dropped = 0;
  #isTold = false;
  #timer: ClockTimer | undefined;
  #idle: Promise<void> = Promise.resolve();

  constructor(target: DeliveryTarget, clock: Clock, diag: Diag) {
    this.#target = target;
    this.#clock = clock;
    this.#diag = diag;
  }

  /** Messages that were given up. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Queues a message, to be sent at once if none waits. */
  send(body: unknown): void {
    if (this.#closing.signal.aborted) return;
    if (this.#queue.length === CAPACITY) {
      // Not the first while it is being sent.
      this.#queue.splice(this.#isBusy ? 1 : 0, 1);
      this.#drop("messages wait that it does not take");
    }
    this.#queue.push(JSON.stringify(body));
    if (this.#timer === undefined) this.#begin();
  }

  /** Lets what is being sent and waits be sent, without trying again. The caller bounds it. */
  async close(): Promise<void> {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#closing.abort();
    this.#begin();
    await this.#idle;
  }

  #begin(): void {
    if (this.#isBusy) return;
    this.#isBusy = true;
    this.#idle = this.#sendAll().finally(() => {
      this.#isBusy = false;
    });
  }

  async #sendAll(): Promise<void> {
    for (let body = this.#queue[0]; body !== undefined; body = this.#queue[0]) {
      const problem = await this.#post(body);
      if (problem === undefined || problem.isFinal) {
        this.#queue.shift();
        this.#failures = 0;
        if (problem === undefined) this.#isTold = false;
        else this.#drop(problem.text);
        continue;
      }
      if (this.#closing.signal.aborted) {
        this.#queue.splice(0);
        this.#drop(problem.text);
        return;
      }
      this.#failures += 1;
      const delayMs = Math.min(FIRST_BACKOFF_MS * 2 ** (this.#failures - 1), MAX_BACKOFF_MS);
      this.#timer = this.#clock.setTimer(() => this.#again(), delayMs, false);
      return;
    }
  }

  #again(): void {
    this.#timer = undefined;
    this.#begin();
  }

  /** Gives what went wrong, if anything did, and whether trying again is of no use. */
  async #post(body: string): Promise<{ readonly text: string; readonly isFinal: boolean } | undefined> {
    try {
      const response = await fetch(this.#target.url, {
        method: "POST",
        body,
        headers: { "content-type": "application/json", ...this.#target.headers },
        redirect: "error",
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
      await response.body?.cancel();
      const { status, ok } = response;
      return ok
        ? undefined
        : { text: `it answered ${status}`, isFinal: status >= 400 && status < 500 && status !== 429 };
    } catch (error) {
      return { text: error instanceof Error ? error.message : "it cannot be reached", isFinal: false };
    }
  }

  #drop(why: string): void {
    this.#dropped += 1;
    if (this.#isTold) return;
    this.#isTold = true;
    // The path and what follows may hold a secret.
    const { origin } = new URL(this.#target.url);
    this.#diag.warn(`Alerts do not reach ${origin}: ${why}`);
  }
}
