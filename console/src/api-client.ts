import { EventSourceParserStream } from "eventsource-parser/stream";

const TOKEN_KEY = "taskscope.token";
const TIMEOUT_MS = 10_000;

/** An answer that is none: `code` is that of the API, or `unreachable`. */
export class ApiError extends Error {
  override readonly name = "ApiError";
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

/** What the server-sent events bring, one by one. */
export interface StreamMessage {
  readonly event: string | undefined;
  readonly id: string | undefined;
  readonly data: string;
}

let token = sessionStorage.getItem(TOKEN_KEY) ?? undefined;

/** Keeps the token for this tab, until it is closed. */
export function setToken(given: string): void {
  token = given;
  sessionStorage.setItem(TOKEN_KEY, given);
}

/** Asks beside the page, wherever that is mounted. Rejects with an {@link ApiError}. */
export async function ask<Answer>(
  path: string,
  query: Readonly<Record<string, string | number | undefined>> = {},
): Promise<Answer> {
  const response = await send(`${path}${queryText(query)}`, { signal: AbortSignal.timeout(TIMEOUT_MS) });
  return (await response.json()) as Answer;
}

/** Sends a body of JSON. Rejects with an {@link ApiError}. */
export async function post<Answer>(path: string, body: unknown): Promise<Answer> {
  const response = await send(path, {
    method: "POST",
    body: JSON.stringify(body),
    headers: { "content-type": "application/json" },
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  return (await response.json()) as Answer;
}

/**
 * Reads the events until the stream ends or `signal` aborts; resolves at the end. With `fetch`, as an `EventSource` sends
 * no token.
 */
export async function readEvents(
  lastEventId: string | undefined,
  signal: AbortSignal,
  onOpen: () => void,
  onMessage: (message: StreamMessage) => void,
): Promise<void> {
  const headers = lastEventId === undefined ? {} : { "last-event-id": lastEventId };
  const response = await send("events", { headers, signal, cache: "no-store" });
  if (response.body === null) throw new ApiError("unreachable", "The stream of events has no body");
  onOpen();
  const messages = response.body
    .pipeThrough(new TextDecoderStream() as ReadableWritablePair<string, Uint8Array<ArrayBuffer>>)
    .pipeThrough(new EventSourceParserStream())
    .getReader();
  for (;;) {
    const { done, value } = await messages.read();
    if (done) return;
    onMessage({ event: value.event, id: value.id, data: value.data });
  }
}

async function send(
  path: string,
  init: Omit<RequestInit, "headers"> & { readonly headers?: Readonly<Record<string, string>> },
): Promise<Response> {
  const headers = { ...init.headers, ...(token === undefined ? {} : { authorization: `Bearer ${token}` }) };
  let response: Response;
  try {
    response = await fetch(`./${path}`, { ...init, headers });
  } catch (error) {
    throw new ApiError("unreachable", error instanceof Error ? error.message : "The server does not answer");
  }
  if (response.ok) return response;
  throw await problemOf(response);
}

async function problemOf(response: Response): Promise<ApiError> {
  try {
    const { error } = (await response.json()) as { error: { code: string; message: string } };
    return new ApiError(error.code, error.message);
  } catch {
    return new ApiError("unreachable", `The server answered with status ${response.status}`);
  }
}

function queryText(query: Readonly<Record<string, string | number | undefined>>): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query))
    if (value !== undefined && value !== "") search.set(name, String(value));
  return search.size === 0 ? "" : `?${search}`;
}
