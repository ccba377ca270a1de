import type { Clock } from "../internal/index.ts";
import type { EventLoopSnapshot } from "../stats/index.ts";
import { loopDelayBy } from "./process-slot.ts";

/** One tracker's share in the measurement of the event loop: it begins with the first reading, and ends with the tracker. */
export class LoopWatch {
  readonly #clock: Clock;
  readonly #runOutside: (body: () => void) => void;
  #end: (() => void) | undefined;
  #isClosed = false;

  /** `runOutside` calls its argument outside any task. */
  constructor(clock: Clock, runOutside: (body: () => void) => void) {
    this.#clock = clock;
    this.#runOutside = runOutside;
  }

  read(): EventLoopSnapshot {
    const delay = loopDelayBy(this.#clock);
    if (this.#end === undefined && !this.#isClosed) {
      this.#runOutside(() => {
        this.#end = delay.watch();
      });
    }
    return delay.snapshot();
  }

  close(): void {
    this.#isClosed = true;
    this.#end?.();
  }
}
