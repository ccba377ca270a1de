import { Worker } from "node:worker_threads";
import { cells, watchdogProgram } from "./watchdog-program.ts";
import type { WatchdogData, WatchdogMessage, WatchdogOrder } from "./watchdog-program.ts";

/** Enough for what the inspector says of the scripts of a large process. */
const MAX_HEAP_MB = 64;

/**
 * The thread that looks at the main thread when its heart is late. It inherits no flags, and keeps the process alive only until it
 * has started, and from `close` until it has gone.
 */
export class WatchdogThread {
  readonly #worker: Worker;
  readonly #hasExited: Promise<void>;
  /** Settles when it watches, or never will. */
  readonly ready: Promise<void>;

  /** Throws where threads may not be made. `onUnavailable` is called once it turns out that it cannot look. */
  constructor(
    memory: SharedArrayBuffer,
    periodMs: number,
    slotName: string,
    onUnavailable: (why: string) => void,
  ) {
    const workerData: WatchdogData = { memory, cells, periodMs, slotName };
    // Some compilers have functions named by a function of theirs, which the text does not bring with it.
    this.#worker = new Worker(`const __name = (fn) => fn; (${watchdogProgram.toString()})();`, {
      eval: true,
      workerData,
      name: "taskscope-watchdog",
      execArgv: [],
      env: {},
      resourceLimits: { maxOldGenerationSizeMb: MAX_HEAP_MB, maxYoungGenerationSizeMb: 4 },
    });
    this.#hasExited = new Promise((resolve) => this.#worker.once("exit", () => resolve()));
    this.ready = new Promise((resolve) => {
      this.#worker.on("message", ({ unavailable }: WatchdogMessage) => {
        if (unavailable !== undefined) onUnavailable(unavailable);
        this.#worker.unref();
        resolve();
      });
      this.#worker.on("error", (error) => {
        onUnavailable(String(error));
        resolve();
      });
    });
  }

  /** Tells it that it may sleep too long for the threshold that holds now. */
  lookSooner(): void {
    this.#order("look-sooner");
  }

  /** Ends the thread; settles when it has gone. */
  close(): Promise<void> {
    // Whoever waits for it may have nothing else that keeps the process alive.
    this.#worker.ref();
    this.#order("stop");
    return this.#hasExited;
  }

  #order(order: WatchdogOrder): void {
    this.#worker.postMessage(order);
  }
}
