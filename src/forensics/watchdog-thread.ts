import { Worker } from "node:worker_threads";
import { cells, watchdogProgram } from "./watchdog-program.ts";
import type { WatchdogData, WatchdogMessage } from "./watchdog-program.ts";

/** Enough for what the inspector says of the scripts of a large process. */
const MAX_HEAP_MB = 64;

/** The thread that looks at the main thread when its heart is late. It keeps no process alive, and inherits no flags. */
export class WatchdogThread {
  readonly #worker: Worker;
  readonly #hasExited: Promise<void>;

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
    this.#worker.unref();
    this.#worker.on("message", ({ unavailable }: WatchdogMessage) => onUnavailable(unavailable));
    this.#worker.on("error", (error) => onUnavailable(String(error)));
    this.#hasExited = new Promise((resolve) => this.#worker.once("exit", () => resolve()));
  }

  /** Ends the thread; settles when it has gone. */
  close(): Promise<void> {
    // Whoever waits for it may have nothing else that keeps the process alive.
    this.#worker.ref();
    this.#worker.postMessage("stop");
    return this.#hasExited;
  }
}
