import type { Clock, Diag } from "../../internal/index.ts";
import type { LogLine } from "./log-line.ts";
import type { LogSink } from "./sinks.ts";

/** How often trouble with the sink is reported. */
const REPORT_EVERY_MS = 60_000;

/** Hands lines to a sink. Never throws: a sink that does is reported through `diag`, at most once a minute. */
export class LineWriter {
  readonly #sink: LogSink;
  readonly #clock: Clock;
  readonly #diag: Diag;
  #lost = 0;
  #reportedAtMs: number | undefined;

  constructor(sink: LogSink, clock: Clock, diag: Diag) {
    this.#sink = sink;
    this.#clock = clock;
    this.#diag = diag;
  }

  write(line: LogLine): void {
    try {
      const given: unknown = this.#sink(line);
      if (isThenable(given)) given.then(undefined, (error: unknown) => this.#failed(error));
    } catch (error) {
      this.#failed(error);
    }
  }

  #failed(error: unknown): void {
    this.#lost += 1;
    const nowMs = this.#clock.now();
    if (this.#reportedAtMs !== undefined && nowMs - this.#reportedAtMs < REPORT_EVERY_MS) return;
    this.#reportedAtMs = nowMs;
    this.#diag.warn(`The sink of the lifecycle log failed (${this.#lost} lines lost so far)`, error);
  }
}

/** A promise of whatever make. */
function isThenable(value: unknown): value is PromiseLike<unknown> {
  return (
    typeof value === "object" && value !== null && typeof (value as { then?: unknown }).then === "function"
  );
}
