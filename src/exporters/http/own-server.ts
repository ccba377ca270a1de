import { createServer } from "node:http";
import type { RequestListener, Server } from "node:http";
import { TaskscopeError } from "../../errors/index.ts";
import type { ListenAddress } from "./http-options.ts";

/** Bounds what connections may cost; beyond, the newest are cut at once. */
const MAX_CONNECTIONS = 1_000;

/** The server of an API that is mounted in no other. With `keepAlive` it keeps the process running until it is closed. */
export class OwnServer {
  readonly #options: ListenAddress;
  readonly #server: Server;
  #listening: Promise<void> | undefined;

  constructor(options: ListenAddress, handler: RequestListener) {
    this.#options = options;
    this.#server = createServer(handler);
    this.#server.maxConnections = MAX_CONNECTIONS;
    if (!options.keepAlive) this.#server.on("connection", (socket) => socket.unref());
  }

  /** Where it listens; `undefined` before and after. */
  get url(): string | undefined {
    const address = this.#server.address();
    if (address === null || typeof address === "string") return undefined;
    const { host } = this.#options;
    const name = host === "0.0.0.0" ? "127.0.0.1" : host === "::" ? "::1" : host;
    return `http://${name.includes(":") ? `[${name}]` : name}:${address.port}`;
  }

  /** Settles when the server listens. Rejects with `TASKSCOPE_PORT_IN_USE` when the port is taken. */
  listen(): Promise<void> {
    return (this.#listening ??= new Promise((resolve, reject) => {
      // Stays on after the start: an error that nobody hears would end the process.
      this.#server.on("error", (error: NodeJS.ErrnoException) => reject(this.#explained(error)));
      const { host, port, keepAlive } = this.#options;
      this.#server.listen({ host, port }, () => {
        if (!keepAlive) this.#server.unref();
        resolve();
      });
    }));
  }

  /** Settles when the port is free again. What is being answered is cut off a turn later: streams have said their end by then. */
  close(): Promise<void> {
    return new Promise((resolve) => {
      this.#server.close(() => resolve());
      setImmediate(() => this.#server.closeAllConnections());
    });
  }

  #explained(error: NodeJS.ErrnoException): Error {
    if (error.code !== "EADDRINUSE") return error;
    const { host, port } = this.#options;
    return new TaskscopeError(
      "TASKSCOPE_PORT_IN_USE",
      `httpApi() could not listen on ${host}, port ${port}: the port is in use. Choose another with listen.port.`,
      { cause: error },
    );
  }
}
