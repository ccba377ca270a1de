import { request } from "node:http";
import type { IncomingHttpHeaders } from "node:http";
import { createTracker } from "taskscope";
import type { Tracker, TrackerOptions } from "taskscope";
import { httpApi } from "taskscope/http";
import type { HttpApi, HttpApiOptions } from "taskscope/http";
import { onTestFinished } from "vitest";

/** An answer, its body as JSON. */
export interface ApiAnswer {
  readonly status: number;
  readonly headers: Headers;
  // oxlint-disable-next-line typescript/no-explicit-any -- what it should be is what the tests say
  readonly body: any;
}

/** An API without a server, and its tracker; shut down with the test. */
export function makeApi(
  options: HttpApiOptions = {},
  trackerOptions: TrackerOptions = {},
): { api: HttpApi; tasks: Tracker; ask: (path: string, init?: RequestInit) => Promise<ApiAnswer> } {
  const api = httpApi(options);
  const tasks = createTracker({
    watchMs: Infinity,
    ...trackerOptions,
    plugins: [api, ...(trackerOptions.plugins ?? [])],
  });
  onTestFinished(async () => void (await tasks.shutdown({ drainMs: 0, graceMs: 0 })));
  const ask = async (path: string, init?: RequestInit): Promise<ApiAnswer> => {
    const response = await api.fetch(new Request(`http://localhost${path}`, init));
    const text = await response.text();
    return {
      status: response.status,
      headers: response.headers,
      // A HEAD has the type of an answer and none of it.
      body:
        text !== "" && response.headers.get("content-type")?.startsWith("application/json")
          ? JSON.parse(text)
          : text,
    };
  };
  return { api, tasks, ask };
}

/** A `POST` with a body of JSON. */
export function posted(body: unknown, headers: Record<string, string> = {}): RequestInit {
  return {
    method: "POST",
    body: JSON.stringify(body),
    headers: { "content-type": "application/json", ...headers },
  };
}

/** Asks a server as it stands: `fetch` sets `Host` by itself. */
export function askRaw(
  url: string,
  headers: Record<string, string> = {},
  method = "GET",
): Promise<{
  readonly status: number | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { method, headers, agent: false }, (response) => {
      let body = "";
      response.setEncoding("utf8").on("data", (chunk: string) => (body += chunk));
      response.on("error", reject);
      response.on("end", () => resolve({ status: response.statusCode, headers: response.headers, body }));
    });
    sent.on("error", reject);
    sent.end();
  });
}

/** A body that goes on until it is cancelled. */
export const untilCancelled = ({ signal }: { readonly signal: AbortSignal }): Promise<never> =>
  new Promise((_, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason as Error));
  });

/** One turn of the event loop. */
export function turn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
