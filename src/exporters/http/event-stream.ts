import type { LifecycleEvent } from "../../events/index.ts";
import { missedText } from "./feed-entry.ts";
import type { FeedEntry } from "./feed-entry.ts";

/** Whether a reader wants an event. */
export type EventFilter = (event: LifecycleEvent) => boolean;

/** How many events wait for one reader. */
const CAPACITY = 1_000;
/** How many of them go out in one piece. */
const BATCH = 100;
/** How many looks in a row find a reader that has taken nothing before it is given up. */
const STALLED_LOOKS = 2;

/**
 * One reader of server-sent events. What it does not take waits in a queue of {@link CAPACITY}; then the oldest events are
 * dropped, and the reader is told how many (`event: missed`). One that takes nothing at all is found by {@link isStalled}.
 */
export class EventStream {
  /** The body of the answer. */
  readonly body: ReadableStream<Uint8Array>;
  /** How many events the reader was too slow for. */
  dropped = 0;
  readonly #filter: EventFilter;
  readonly #onEnd: () => void;
  readonly #encoder = new TextEncoder();
  #controller: ReadableStreamDefaultController<Uint8Array> | undefined;
  #queue: (FeedEntry | string)[] = [];
  #head = 0;
  #untold = 0;
  #isHungry = false;
  #looksWithoutTaking = 0;
  #isOver = false;

  constructor(filter: EventFilter, onEnd: () => void) {
    this.#filter = filter;
    this.#onEnd = onEnd;
    this.body = new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          this.#controller = controller;
          // Says at once that the stream is open, and how soon to come back when it breaks.
          this.#queue.push("retry: 2000\n\n");
        },
        pull: () => {
          this.#isHungry = true;
          this.#looksWithoutTaking = 0;
          this.#feed();
        },
        cancel: () => this.#end(),
      },
      { highWaterMark: 1 },
    );
  }

  /** Queues what the reader wants to know. */
  offer(entry: FeedEntry): void {
    if (this.#isOver) return;
    if (!("kind" in entry.what) || this.#filter(entry.what)) this.#put(entry);
  }

  /** Tells the reader that there were events it will not get; `undefined`: nobody knows how many. */
  tellMissed(count: number | undefined): void {
    this.#put(missedText(count ?? null));
  }

  /** Gives a waiting reader, and what stands between it and us, a sign of life. */
  keepAlive(): void {
    if (this.#isHungry) this.#put(": keep-alive\n\n");
  }

  /** Looks whether the reader has taken anything since the last looks, though something waits for it. */
  isStalled(): boolean {
    if (this.#isHungry || this.#waiting === 0) return false;
    this.#looksWithoutTaking += 1;
    return this.#looksWithoutTaking >= STALLED_LOOKS;
  }

  /** Ends the stream in order: the reader sees its end. */
  close(): void {
    if (this.#isOver) return;
    this.#controller?.close();
    this.#end();
  }

  /** Ends the stream of a reader that does not read: its connection is cut. */
  abandon(): void {
    if (this.#isOver) return;
    this.#controller?.error(new Error("the reader of the events has stalled"));
    this.#end();
  }

  get #waiting(): number {
    return this.#queue.length - this.#head;
  }

  #put(entry: FeedEntry | string): void {
    if (this.#isOver) return;
    if (this.#waiting >= CAPACITY) {
      this.#skip();
      this.dropped += 1;
      this.#untold += 1;
    }
    this.#queue.push(entry);
    this.#feed();
  }

  #feed(): void {
    if (!this.#isHungry || this.#waiting === 0 || this.#isOver) return;
    this.#isHungry = false;
    let text = this.#untold === 0 ? "" : missedText(this.#untold);
    this.#untold = 0;
    for (let taken = 0; taken < BATCH && this.#waiting > 0; taken += 1) text += this.#take();
    this.#controller?.enqueue(this.#encoder.encode(text));
  }

  #take(): string {
    const entry = this.#queue[this.#head] ?? "";
    this.#skip();
    return typeof entry === "string" ? entry : entry.text;
  }

  #skip(): void {
    this.#head += 1;
    if (this.#head > CAPACITY) {
      this.#queue = this.#queue.slice(this.#head);
      this.#head = 0;
    }
  }

  #end(): void {
    this.#isOver = true;
    this.#queue = [];
    this.#head = 0;
    this.#onEnd();
  }
}
