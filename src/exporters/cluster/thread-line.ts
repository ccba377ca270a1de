import { MessageChannel, postMessageToThread } from "node:worker_threads";
import type { MessagePort } from "node:worker_threads";
import type { Line, LineEvents, Terminus } from "./line.ts";
import { ENVELOPE, readReply } from "./protocol.ts";
import type { ReportMessage } from "./protocol.ts";

const MAIN_THREAD = 0;

/** How long a thread that exits waits for its port to be taken, in milliseconds. */
const HANDOVER_MS = 200;

/** The way from a thread to the collector in the main thread of its process: a port of its own, which both let go of. */
export const mainThread: Terminus = {
  key: "main thread",
  open: (events) => new ThreadLine(events),
};

class ThreadLine implements Line {
  readonly #port: MessagePort;
  readonly #taken = new Int32Array(new SharedArrayBuffer(4));
  #isOpen = true;

  constructor(events: LineEvents) {
    const { port1, port2 } = new MessageChannel();
    this.#port = port1;
    port1.on("message", (message: unknown) => {
      const reply = readReply(message);
      if (reply !== undefined) events.onReply(reply);
    });
    port1.on("close", () => {
      if (!this.#isOpen) return;
      this.#isOpen = false;
      events.onClosed();
    });
    port1.unref();
    // What is sent before the collector has the port waits in it. Where nobody collects, the port is closed again.
    const handover = { [ENVELOPE]: "port", port: port2, taken: this.#taken };
    postMessageToThread(MAIN_THREAD, handover, [port2]).catch(() => port1.close());
  }

  send(message: ReportMessage): void {
    if (this.#isOpen) this.#port.postMessage(message);
  }

  // Node drops what a thread has sent to another thread and that one has not read when the first is gone; what waits in a
  // port it keeps. A thread that lives for an instant would take its port with it.
  waitAtExit(): void {
    if (this.#isOpen) Atomics.wait(this.#taken, 0, 0, HANDOVER_MS);
  }

  close(): void {
    this.#isOpen = false;
    this.#port.close();
  }
}
