import {
  InvalidOptionError,
  TaskTimeoutError,
  checkDurationMs,
  checkMethods,
  readOptions,
} from "../errors/index.ts";
import { processDiag, safeDiag, systemClock, timerUntil } from "../internal/index.ts";
import type { Clock, ClockTimer, Diag } from "../internal/index.ts";
import { boundName } from "../task/index.ts";

/** Options of {@link withTimeout}. */
export interface WithTimeoutOptions {
  /** The bound, in milliseconds; `Infinity` for none. */
  readonly ms: number;
  /** What error and warning call the work (default `"work"`). */
  readonly name?: string | undefined;
  /** Where late settlements are reported (default: Node's process warnings). */
  readonly diag?: Diag | undefined;
  /** Default: the system's clocks. For tests. */
  readonly clock?: Clock | undefined;
}

/** Work that can be told to stop: `signal` is aborted with the `TaskTimeoutError` when the time is up. */
export type TimedBody<T> = (context: { readonly signal: AbortSignal }) => T | PromiseLike<T>;

const allowed = new Set(["ms", "name", "diag", "clock"]);

/**
 * Waits for work no longer than `ms`: gives its value, throws its error, or rejects with a `TaskTimeoutError`. A body is
 * called at once and its signal aborted when the time is up; a promise can only be left alone.
 *
 * Work that settles late changes nothing any more: no unhandled rejection comes of it, and `diag` is told how long it
 * took, unless it only answers the signal (it rejects with the signal's reason or an `AbortError`). The timer keeps the
 * process running, as the wait was asked for, and is cleared when the work settles in time. Needs no tracker, counts
 * nowhere.
 *
 * Rejects with an `InvalidOptionError` for a bad option. Never throws.
 *
 * ```ts
 * const rates = await withTimeout({ ms: 2_000, name: "rates" }, ({ signal }) => fetch(url, { signal }));
 * ```
 */
export function withTimeout<T>(options: WithTimeoutOptions, work: PromiseLike<T> | TimedBody<T>): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    new TimedWait<T>(options, resolve, reject).begin(work);
  });
}

class TimedWait<T> {
  readonly #ms: number;
  readonly #what: string;
  readonly #diag: Diag;
  readonly #clock: Clock;
  readonly #resolve: (value: T) => void;
  readonly #reject: (error: unknown) => void;
  #controller: AbortController | undefined;
  #timer: ClockTimer | undefined;
  #startMs = 0;
  /** Set when the time is up. */
  #error: TaskTimeoutError | undefined;

  constructor(given: unknown, resolve: (value: T) => void, reject: (error: unknown) => void) {
    const bag = readOptions("", given, allowed);
    this.#ms = checkDurationMs("ms", bag["ms"]);
    this.#what = bag["name"] === undefined ? "work" : JSON.stringify(boundName(bag["name"], "name"));
    this.#diag =
      bag["diag"] === undefined ? processDiag : safeDiag(checkMethods<Diag>("diag", bag["diag"], ["warn"]));
    this.#clock =
      bag["clock"] === undefined
        ? systemClock
        : checkMethods<Clock>("clock", bag["clock"], ["now", "epochMs", "setTimer"]);
    this.#resolve = resolve;
    this.#reject = reject;
  }

  begin(work: PromiseLike<T> | TimedBody<T>): void {
    this.#startMs = this.#clock.now();
    const result = typeof work === "function" ? this.#call(work) : work;
    if (typeof work !== "function" && !isThenable(work)) {
      throw new InvalidOptionError("work", work, "a promise or a function");
    }
    if (!isThenable(result)) {
      this.#resolve(result as T);
      return;
    }
    void Promise.resolve(result).then(
      (value) => this.#settled(() => this.#resolve(value), undefined),
      (error: unknown) => this.#settled(() => this.#reject(error), error),
    );
    if (this.#ms === Number.POSITIVE_INFINITY) return;
    this.#timer = timerUntil(this.#clock, this.#startMs + this.#ms, true, () => this.#timeOut());
  }

  #call(body: TimedBody<T>): T | PromiseLike<T> {
    const makeController = (): AbortController => {
      this.#controller ??= new AbortController();
      if (this.#error !== undefined) this.#controller.abort(this.#error);
      return this.#controller;
    };
    return body({
      get signal() {
        return makeController().signal;
      },
    });
  }

  #settled(settle: () => void, error: unknown): void {
    if (this.#error === undefined) {
      this.#timer?.cancel();
      settle();
    } else if (!answersSignal(error, this.#error)) {
      const tookMs = this.#clock.now() - this.#startMs;
      this.#diag.warn(
        `${this.#what} took ${formatDuration(tookMs)}, timeout was ${formatDuration(this.#ms)}`,
        error,
      );
    }
  }

  #timeOut(): void {
    const error = new TaskTimeoutError(this.#what, this.#ms);
    this.#error = error;
    this.#reject(error);
    this.#controller?.abort(error);
  }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  if ((typeof value !== "object" && typeof value !== "function") || value === null) return false;
  return typeof (value as { then?: unknown }).then === "function";
}

/** Whether a late rejection only says that the signal was heard. */
function answersSignal(error: unknown, timeout: TaskTimeoutError): boolean {
  if (error === timeout) return true;
  try {
    return error instanceof Error && error.name === "AbortError";
  } catch {
    return false;
  }
}

/** Milliseconds for people: `120 ms`, `7.2 s`, `5 s`. */
function formatDuration(ms: number): string {
  return ms < 1_000 ? `${Math.round(ms)} ms` : `${Number((ms / 1_000).toFixed(1))} s`;
}
