import { chmodSync } from "node:fs";
import { createServer } from "node:net";
import type { Server, Socket } from "node:net";
import type { CollectorHub } from "./collector-hub.ts";
import { LineReader, MAX_MESSAGE_BYTES, parseLine } from "./line-reader.ts";
import type { ReplyMessage } from "./protocol.ts";
import { removeSocket } from "./socket-directory.ts";
import type { SocketDirectory } from "./socket-directory.ts";

const MAX_CONNECTIONS = 1_000;

/** Answers that a member does not read, in bytes, before it is left. */
const MAX_UNREAD_BYTES = 65_536;

/** Listens on a Unix socket in a directory, and takes what members report there. Keeps no process alive. */
export class SocketReceiver {
  readonly #hub: CollectorHub;
  readonly #directory: SocketDirectory;
  readonly #path: string;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #removeAtExit = (): void => removeSocket(this.#path);

  constructor(hub: CollectorHub, directory: SocketDirectory) {
    this.#hub = hub;
    this.#directory = directory;
    this.#path = directory.newSocket();
    this.#server = createServer((socket) => this.#accept(socket));
    this.#server.maxConnections = MAX_CONNECTIONS;
    this.#server.unref();
  }

  /** Rejects where the directory is not fit, or the socket cannot be made. */
  async listen(): Promise<void> {
    this.#directory.secure();
    await this.#directory.removeDead();
    await new Promise<void>((resolve, reject) => {
      this.#server.once("error", reject);
      this.#server.listen(this.#path, () => {
        this.#server.off("error", reject);
        resolve();
      });
    });
    // A connection that cannot be accepted (no file descriptors left) is tried again by its member.
    this.#server.on("error", () => {});
    chmodSync(this.#path, 0o600);
    process.on("exit", this.#removeAtExit);
  }

  async close(): Promise<void> {
    process.off("exit", this.#removeAtExit);
    for (const socket of this.#sockets) socket.destroy();
    if (this.#server.listening) await new Promise((resolve) => this.#server.close(resolve));
    removeSocket(this.#path);
  }

  #accept(socket: Socket): void {
    const channel = { members: new Map<string, string>() };
    const lines = new LineReader();
    this.#sockets.add(socket);
    socket.unref();
    const answer = (reply: ReplyMessage | undefined): void => {
      if (reply === undefined) return;
      const text = `${JSON.stringify(reply)}\n`;
      // The answer goes out first, then the connection ends; a member that does not read it cannot hold it open.
      if (reply.refused !== undefined) socket.end(text, () => socket.destroy());
      else
        afterNextRead(() => {
          if (socket.writableEnded || socket.destroyed) return;
          socket.write(text);
          if (socket.writableLength > MAX_UNREAD_BYTES) socket.destroy();
        });
    };
    socket.on("data", (chunk) => {
      if (socket.writableEnded) return;
      const read = lines.push(chunk);
      for (const line of read ?? []) {
        answer(this.#hub.take(parseLine(line), channel));
        if (socket.writableEnded || socket.destroyed) return;
      }
      if (read === undefined) {
        answer(this.#hub.refuse("too_large", new Error(`more than ${MAX_MESSAGE_BYTES} bytes`), 0));
      }
    });
    socket.on("error", () => socket.destroy());
    socket.on("close", () => {
      this.#sockets.delete(socket);
      this.#hub.closed(channel);
    });
  }
}

/**
 * Calls back when what had arrived by now was read, which takes a turn of the event loop and the poll of the next. A write to a
 * member that has exited fails and takes what it sent last with it.
 */
function afterNextRead(callback: () => void): void {
  setImmediate(() => setImmediate(callback));
}
