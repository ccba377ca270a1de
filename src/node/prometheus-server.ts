import { createServer } from "node:http";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import { TaskscopeError } from "../errors/index.ts";

/** Answers a scrape. */
export type ScrapeHandler = (request: IncomingMessage, response: ServerResponse) => void;

const PATH = "/metrics";

/** An HTTP server with one path, `/metrics`. It never keeps the process alive. */
export class PrometheusServer {
  readonly #host: string;
  readonly #port: number;
  readonly #server: Server;
  #listening: Promise<void> | undefined;
  #isClosing = false;
  /** Requests that are being answered. */
  #answering = 0;

  constructor(host: string, port: number, answerScrape: ScrapeHandler) {
    this.#host = host;
    this.#port = port;
    this.#server = createServer((request, response) => {
      this.#answering += 1;
      response.once("close", () => {
        this.#answering -= 1;
        this.#cutTheRest();
      });
      answer(request, response, answerScrape);
    });
    // A scraper that keeps its connection open for the next time would else keep the process alive.
    this.#server.on("connection", (socket) => socket.unref());
  }

  /** Where the metrics are, once the server listens. */
  get url(): string | undefined {
    const address = this.#server.address();
    if (address === null || typeof address === "string") return undefined;
    return `http://${reachableHost(this.#host)}:${address.port}${PATH}`;
  }

  /** Settles when the server listens. Rejects with `TASKSCOPE_PORT_IN_USE` when the port is taken. */
  listen(): Promise<void> {
    return (this.#listening ??= new Promise((resolve, reject) => {
      // Stays on after the start: an error that nobody hears would end the process.
      this.#server.on("error", (error: NodeJS.ErrnoException) => reject(this.#explained(error)));
      this.#server.listen({ host: this.#host, port: this.#port }, () => {
        this.#server.unref();
        resolve();
      });
    }));
  }

  /** Settles when the port is free again. Scrapes that are being answered are finished first; who asks for nothing is cut off. */
  close(): Promise<void> {
    return new Promise((resolve) => {
      this.#isClosing = true;
      this.#server.close(() => resolve());
      this.#cutTheRest();
    });
  }

  #cutTheRest(): void {
    if (this.#isClosing && this.#answering === 0) this.#server.closeAllConnections();
  }

  #explained(error: NodeJS.ErrnoException): Error {
    if (error.code !== "EADDRINUSE") return error;
    return new TaskscopeError(
      "TASKSCOPE_PORT_IN_USE",
      `nodeTelemetry() could not listen on ${this.#host}, port ${this.#port}: the port is in use. ` +
        "Choose another with prometheus.port or OTEL_EXPORTER_PROMETHEUS_PORT.",
      { cause: error },
    );
  }
}

function answer(request: IncomingMessage, response: ServerResponse, answerScrape: ScrapeHandler): void {
  const path = request.url?.split("?", 1)[0];
  if (path === PATH && (request.method === "GET" || request.method === "HEAD")) {
    answerScrape(request, response);
    return;
  }
  response.statusCode = path === PATH ? 405 : 404;
  response.end();
}

/** A host that a client can use: the address that means all of them is none. */
function reachableHost(host: string): string {
  if (host === "0.0.0.0") return "127.0.0.1";
  if (host === "::") return "[::1]";
  return host.includes(":") ? `[${host}]` : host;
}
