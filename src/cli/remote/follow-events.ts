import { setTimeout as delay } from "node:timers/promises";
import { createParser } from "eventsource-parser";
import type { EventSourceMessage } from "eventsource-parser";
import type { LifecycleEvent } from "../../events/index.ts";
import type { StreamEntry } from "./answers.ts";
import { ApiError } from "./api-error.ts";

/** How things stand between a reader and the process. */
export type StreamLink = { readonly state: "live" } | { readonly state: "lost"; readonly why: string };

/** How a stream of events is followed. */
export interface FollowOptions {
  /** Ends it: the generator then rejects with the reason. */
  readonly signal?: AbortSignal | undefined;
  /** For how long a process that has gone is looked for. Default 30,000; 0 ends with the first connection. */
  readonly searchMs?: number | undefined;
  /** Told when the stream is open, each time, and when it has broken and will be tried again. */
  readonly onLink?: ((link: StreamLink) => void) | undefined;
}

const DEFAULT_SEARCH_MS = 30_000;
const FIRST_WAIT_MS = 250;
const LONGEST_WAIT_MS = 5_000;
/** The API gives a sign of life every 15 s. */
const SILENT_FOR_MS = 45_000;

/** Opens a stream, from the event after `lastEventId` on. */
export type OpenStream = (lastEventId: string | undefined, signal: AbortSignal) => Promise<Response>;

/** Reads streams of events, one after the other breaks. Rejects with an `ApiError` when none can be had any more. */
export async function* followEvents(
  open: OpenStream,
  { signal, searchMs = DEFAULT_SEARCH_MS, onLink }: FollowOptions,
): AsyncGenerator<StreamEntry, void, undefined> {
  let lastEventId: string | undefined;
  let hasBeenOpen = false;
  let lostAtMs: number | undefined;
  let waitMs = FIRST_WAIT_MS;
  for (;;) {
    const stream = new OneStream(signal);
    let why: ApiError;
    try {
      const response = await stream.open(open, lastEventId);
      hasBeenOpen = true;
      lostAtMs = undefined;
      waitMs = FIRST_WAIT_MS;
      onLink?.({ state: "live" });
      for await (const message of stream.messages(response)) {
        lastEventId = message.id ?? lastEventId;
        const entry = entryOf(message);
        if (entry !== undefined) yield entry;
      }
      why = new ApiError("unreachable", "the process has ended the stream of events");
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      why = error;
    } finally {
      stream.close();
    }
    // What an API says in clear words it says the second time too.
    if (!hasBeenOpen || (why.code !== "unreachable" && why.code !== "closed")) throw why;
    lostAtMs ??= performance.now();
    if (performance.now() - lostAtMs + waitMs > searchMs) throw why;
    onLink?.({ state: "lost", why: why.message });
    await delay(waitMs, undefined, { signal });
    waitMs = Math.min(waitMs * 2, LONGEST_WAIT_MS);
  }
}

/** One connection. It is given up when nothing comes for longer than the API is ever silent. */
class OneStream {
  readonly #reading = new AbortController();
  readonly #outer: AbortSignal | undefined;
  readonly #abort = (): void => this.#reading.abort(this.#outer?.reason);
  #watch: NodeJS.Timeout | undefined;

  constructor(outer: AbortSignal | undefined) {
    this.#outer = outer;
    outer?.throwIfAborted();
    outer?.addEventListener("abort", this.#abort, { once: true });
  }

  async open(open: OpenStream, lastEventId: string | undefined): Promise<Response> {
    this.#stirred();
    return open(lastEventId, this.#reading.signal);
  }

  async *messages({ body }: Response): AsyncGenerator<EventSourceMessage, void, undefined> {
    let read: EventSourceMessage[] = [];
    const parser = createParser({ onEvent: (message) => void read.push(message) });
    try {
      for await (const text of body?.pipeThrough(new TextDecoderStream()) ?? []) {
        this.#stirred();
        parser.feed(text);
        const messages = read;
        read = [];
        yield* messages;
      }
    } catch (error) {
      this.#outer?.throwIfAborted();
      if (error instanceof ApiError) throw error;
      throw new ApiError("unreachable", "the connection broke", { cause: error });
    }
  }

  close(): void {
    clearTimeout(this.#watch);
    this.#outer?.removeEventListener("abort", this.#abort);
    this.#reading.abort(new ApiError("unreachable", "the stream is not read any more"));
  }

  #stirred(): void {
    clearTimeout(this.#watch);
    const silent = new ApiError("unreachable", "the process has been silent for too long");
    this.#watch = setTimeout(() => this.#reading.abort(silent), SILENT_FOR_MS);
  }
}

/** What a message says; `undefined` for one of a kind that later versions may have. */
function entryOf({ event, data }: EventSourceMessage): StreamEntry | undefined {
  if (event !== undefined && event !== "missed" && event !== "message") return undefined;
  const said = parsed(data);
  if (event === "missed") return { missed: typeof said["dropped"] === "number" ? said["dropped"] : null };
  return typeof said["kind"] === "string" ? { event: said as unknown as LifecycleEvent } : undefined;
}

function parsed(data: string): Readonly<Record<string, unknown>> {
  try {
    const value = JSON.parse(data) as unknown;
    if (typeof value === "object" && value !== null) return value as Readonly<Record<string, unknown>>;
  } catch (error) {
    throw new ApiError("not_an_api", "the stream of events holds something that is no JSON", {
      cause: error,
    });
  }
  throw new ApiError("not_an_api", "the stream of events holds something that is no event");
}
