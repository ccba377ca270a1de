import { AsyncResource } from "node:async_hooks";
import { createNoopMeter, metrics } from "@opentelemetry/api";
import type { Meter, MeterProvider } from "@opentelemetry/api";
import type { PluginContext } from "../../plugin/index.ts";
import { SCOPE_NAME } from "./tracer-source.ts";

/** Whose clock and version it is, and who hears of trouble. */
type MeterSeeker = Pick<PluginContext, "clock" | "diag" | "version">;

/** How soon the API is asked again, and how far the time between doubles. */
const FIRST_DELAY_MS = 50;
const LONGEST_DELAY_MS = 10_000;

/**
 * Finds a meter that measures. An instrument that is made before an SDK is registered does nothing for ever, so none is
 * made before; and the API tells nobody when it is, so it is asked until then: at once, after 50 ms, and so on up to every
 * ten seconds, by a timer that keeps no process alive.
 */
export class MeterSource {
  readonly #given: MeterProvider | undefined;
  readonly #outside = new AsyncResource("taskscope.meter");
  #timer: { cancel(): void } | undefined;
  #delayMs = FIRST_DELAY_MS;

  /** `given`: the provider to use instead of the global one. */
  constructor(given: MeterProvider | undefined) {
    this.#given = given;
  }

  /**
   * Calls `onMeter` once: in this call if there is a meter, or when there is. What a provider throws that was there before
   * is the caller's; one that comes later is given up with a warning.
   */
  find(seeker: MeterSeeker, onMeter: (meter: Meter) => void): void {
    this.stop();
    const meter = (this.#given ?? metrics.getMeterProvider()).getMeter(SCOPE_NAME, seeker.version);
    if (meter !== createNoopMeter()) {
      onMeter(meter);
      return;
    }
    this.#outside.runInAsyncScope(() => {
      this.#timer = seeker.clock.setTimer(() => this.#lookAgain(seeker, onMeter), this.#delayMs, false);
    });
    this.#delayMs = Math.min(2 * this.#delayMs, LONGEST_DELAY_MS);
  }

  // In a timer, where what is thrown would end the process.
  #lookAgain(seeker: MeterSeeker, onMeter: (meter: Meter) => void): void {
    try {
      this.find(seeker, onMeter);
    } catch (error) {
      seeker.diag.warn("openTelemetry() could not make its instruments; metrics are missing", error);
    }
  }

  stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }
}
