/** Two signals closer than this are one: a terminal and a process manager may both pass on the same Ctrl-C. */
const SAME_SIGNAL_MS = 500;

const exitCodes = { SIGINT: 130, SIGTERM: 143 } as const;
type StopSignal = keyof typeof exitCodes;

/** Waits for a reason to stop. */
export class StopRequest {
  /** Why: fulfilled once. */
  readonly reason: Promise<string>;
  #resolve: (reason: string) => void = () => undefined;
  #timer: NodeJS.Timeout | undefined;
  #signalledAtMs: number | undefined;

  constructor() {
    this.reason = new Promise((resolve) => {
      this.#resolve = resolve;
    });
  }

  /** Listens for signals from now on. The second one ends the process at once. */
  listen(): void {
    for (const signal of Object.keys(exitCodes) as StopSignal[])
      process.on(signal, () => this.#onSignal(signal));
  }

  /** Stops after so long, too. */
  after(seconds: number): void {
    this.#timer = setTimeout(() => this.#resolve(`${seconds} s are over`), seconds * 1_000);
  }

  /** Asks to stop for a reason of one's own. */
  request(reason: string): void {
    clearTimeout(this.#timer);
    this.#resolve(reason);
  }

  #onSignal(signal: StopSignal): void {
    const nowMs = performance.now();
    if (this.#signalledAtMs === undefined) {
      this.#signalledAtMs = nowMs;
      this.request(signal);
    } else if (nowMs - this.#signalledAtMs > SAME_SIGNAL_MS) {
      process.exit(exitCodes[signal]);
    }
  }
}
