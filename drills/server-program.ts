import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { DrillError } from "./drill-error.ts";

const READY_WITHIN_MS = 60_000;
const LOOK_EVERY_MS = 100;

/** A port of the loopback that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** A server that runs as a process of its own. */
export class ServerProgram {
  readonly #program: string;
  readonly #child: ChildProcess;
  readonly #closed: Promise<void>;
  #words = "";
  #end: string | undefined;

  /** Starts it. Ask {@link ready} when it listens, and {@link close} it in any case. */
  constructor(program: string, args: readonly string[]) {
    this.#program = program;
    this.#child = spawn(program, args, { stdio: ["ignore", "ignore", "pipe"] });
    this.#child.stderr?.on("data", (chunk: Buffer) => {
      this.#words = `${this.#words}${chunk.toString("utf8")}`.slice(-4_000);
    });
    this.#child.once("error", (error) => (this.#end = error.message));
    this.#child.once("exit", (code) => (this.#end = `exit code ${code}`));
    this.#closed = new Promise((resolve) => this.#child.once("close", () => resolve()));
  }

  /** Settles when the server says at `url` that it is ready. Rejects with its last words if it ends before. */
  async ready(url: string, signal?: AbortSignal): Promise<void> {
    const endMs = performance.now() + READY_WITHIN_MS;
    while (performance.now() < endMs) {
      signal?.throwIfAborted();
      if (this.#end !== undefined)
        throw new DrillError(`${this.#program} ended: ${this.#end}\n${this.#words}`);
      const response = await fetch(url).catch(() => undefined);
      await response?.arrayBuffer();
      if (response?.ok === true) return;
      await delay(LOOK_EVERY_MS);
    }
    throw new DrillError(
      `${this.#program} was not ready within ${READY_WITHIN_MS / 1_000} s\n${this.#words}`,
    );
  }

  async close(): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#closed;
  }
}
