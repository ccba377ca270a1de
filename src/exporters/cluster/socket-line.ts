import { connect } from "node:net";
import type { Socket } from "node:net";
import { LineReader, parseLine } from "./line-reader.ts";
import type { Line, LineEvents, Terminus } from "./line.ts";
import { readReply } from "./protocol.ts";
import type { ReportMessage } from "./protocol.ts";

/** The way to a collector that listens on a Unix socket. */
export function socketTerminus(path: string): Terminus {
  return { key: path, open: (events) => new SocketLine(path, events) };
}

class SocketLine implements Line {
  readonly #socket: Socket;
  #isOpen = true;

  constructor(path: string, events: LineEvents) {
    const lines = new LineReader();
    const socket = connect(path);
    this.#socket = socket;
    socket.unref();
    socket.on("data", (chunk) => {
      const read = lines.push(chunk);
      if (read === undefined) socket.destroy();
      for (const line of read ?? []) {
        const reply = readReply(parseLine(line));
        if (reply !== undefined) events.onReply(reply);
      }
    });
    socket.on("error", () => socket.destroy());
    socket.on("close", () => {
      if (!this.#isOpen) return;
      this.#isOpen = false;
      events.onClosed();
    });
  }

  send(message: ReportMessage): void {
    if (this.#isOpen) this.#socket.write(`${JSON.stringify(message)}\n`);
  }

  close(): void {
    this.#isOpen = false;
    this.#socket.destroySoon();
  }
}
