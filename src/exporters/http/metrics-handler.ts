import type { IncomingMessage, ServerResponse } from "node:http";
import { takesGzip } from "./negotiation.ts";
import type { Page } from "./page.ts";

/** What answers requests for a page. */
export interface PageMaker {
  /** The page for an `Accept` header, as of now or a moment later. `isCompressed`: in gzip, if that is worth it. */
  page(accept: string | undefined, isCompressed: boolean): Promise<Page<Buffer>>;
  /** Told of what kept a request from being answered. */
  reportFailure(error: unknown): void;
}

/** Answers one request: `GET` and `HEAD`, at whatever path. Never rejects; a failure is answered with 500. */
export async function answerScrape(
  maker: PageMaker,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  try {
    // A client that has gone is no trouble of the process.
    response.on("error", ignore);
    if (request.method !== "GET" && request.method !== "HEAD") {
      send(request, response, 405, { allow: "GET, HEAD" }, "method not allowed\n");
      return;
    }
    const { accept, "accept-encoding": encoding } = request.headers;
    const { contentType, body, isCompressed } = await maker.page(accept, takesGzip(encoding));
    const headers = {
      "content-type": contentType,
      vary: "Accept, Accept-Encoding",
      ...(isCompressed ? { "content-encoding": "gzip" } : {}),
    };
    send(request, response, 200, headers, body);
  } catch (error) {
    maker.reportFailure(error);
    try {
      send(request, response, 500, {}, "the metrics could not be read\n");
    } catch {
      response.destroy();
    }
  }
}

function send(
  request: IncomingMessage,
  response: ServerResponse,
  status: number,
  headers: Readonly<Record<string, string>>,
  body: Buffer | string,
): void {
  // Somebody else has answered, or nobody listens any more.
  if (response.headersSent || response.destroyed) return;
  response.writeHead(status, {
    "content-type": "text/plain; charset=utf-8",
    "x-content-type-options": "nosniff",
    ...headers,
    "content-length": Buffer.byteLength(body),
  });
  response.end(request.method === "HEAD" ? undefined : body);
}

const ignore = (): void => {};
