import { DemoProcess } from "./demo-process.ts";
import type { Drill } from "./drill.ts";

/** The demo that a drill runs on. It is hardly asked anything, so that what goes wrong stands out. */
export class DrilledDemo {
  readonly address: string;
  readonly #fault: Drill["fault"];
  #process: DemoProcess;

  private constructor(fault: Drill["fault"], process: DemoProcess, address: string) {
    this.#fault = fault;
    this.#process = process;
    this.address = address;
  }

  /** Starts it. Once the signal is aborted its process is ended, whatever it does. */
  static async start(fault: Drill["fault"], signal: AbortSignal): Promise<DrilledDemo> {
    const process = startProcess("0", signal);
    const service = await process.said("service");
    return new DrilledDemo(fault, process, new URL(service).host);
  }

  /** Causes what the drill is about. */
  async begin(): Promise<void> {
    if (this.#fault !== "killed") return this.#process.setFault(`${this.#fault.name}=${this.#fault.value}`);
    this.#process.signal("SIGKILL");
    await this.#process.end;
  }

  /** Puts an end to it. */
  async clear(signal: AbortSignal): Promise<void> {
    if (this.#fault !== "killed") return this.#process.setFault(`${this.#fault.name}=0`);
    this.#process = startProcess(new URL(`http://${this.address}`).port, signal);
    await this.#process.said("service");
  }

  /** Shuts it down in order. Gives what it complained of, if anything. */
  async shutDown(): Promise<string | undefined> {
    this.#process.signal("SIGTERM");
    const { code, errors } = await this.#process.end;
    return code === 0 ? undefined : `the demo ended with exit code ${code}: ${errors.join("\n")}`;
  }

  async kill(): Promise<void> {
    this.#process.signal("SIGKILL");
    await this.#process.end;
  }
}

function startProcess(port: string, signal: AbortSignal): DemoProcess {
  signal.throwIfAborted();
  const process = new DemoProcess(["--port", port, "--rate", "1", "--faults-on-stdin"]);
  const kill = (): void => process.signal("SIGKILL");
  signal.addEventListener("abort", kill, { once: true });
  void process.end.finally(() => signal.removeEventListener("abort", kill)).catch(() => undefined);
  return process;
}
