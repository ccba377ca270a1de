import { AsyncResource } from "node:async_hooks";
import type { PluginContext } from "../../plugin/index.ts";

/** How often is looked, in milliseconds. */
const LOOK_EVERY_MS = 1_000;

/**
 * Looks for an SDK while no task does: every second, by a timer that keeps no process alive. Calls `onFound` once for each
 * {@link start}, and again only after the next one.
 */
export class SdkLookout {
  readonly #clock: PluginContext["clock"];
  readonly #isThere: () => boolean;
  readonly #onFound: () => void;
  /** The timer is shared: it is to hold on to no task. */
  readonly #outside = new AsyncResource("taskscope.sdk");
  #timer: { cancel(): void } | undefined;

  /** `isThere` is asked at each look; what throws counts as there, so that whoever uses it hears of the trouble. */
  constructor(clock: PluginContext["clock"], isThere: () => boolean, onFound: () => void) {
    this.#clock = clock;
    this.#isThere = isThere;
    this.#onFound = onFound;
  }

  start(): void {
    this.stop();
    this.#outside.runInAsyncScope(() => {
      this.#timer = this.#clock.setTimer(() => this.#look(), LOOK_EVERY_MS, false);
    });
  }

  stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #look(): void {
    let isThere = true;
    try {
      isThere = this.#isThere();
    } catch {
      // Counts as there.
    }
    if (isThere) {
      this.#timer = undefined;
      this.#onFound();
    } else this.start();
  }
}
