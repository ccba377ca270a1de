import { randomBytes } from "node:crypto";
import type { EventKind } from "../../events/index.ts";
import type { ClockTimer } from "../../internal/index.ts";
import type { PluginContext } from "../../plugin/index.ts";
import { EventIntake } from "./event-intake.ts";
import type { Taken } from "./event-intake.ts";
import { EventStream } from "./event-stream.ts";
import type { EventFilter } from "./event-stream.ts";
import { FeedEntry } from "./feed-entry.ts";

/** How long the feed goes on without a reader, so that one that comes back has missed nothing. */
const LINGER_MS = 60_000;
/** How often silent streams get a sign of life, and stalled ones are looked for. */
const KEEP_ALIVE_MS = 15_000;

/** What the feed counts of itself. */
export interface FeedCounts {
  /** Streams that are open. */
  readonly open: number;
  /** Streams that were refused because there were too many. */
  readonly refused: number;
  /** Streams that were closed because their reader took nothing any more. */
  readonly stalled: number;
  /** Events that readers were too slow for. */
  readonly eventsDropped: number;
  /** How often more happened than may be followed, so that no events were sent for some seconds. */
  readonly rests: number;
}

/** The bounds of a feed. */
export interface FeedBounds {
  readonly maxStreams: number;
  /** How many events are kept for readers that come back. */
  readonly keptEvents: number;
  /** How many events may be followed, over a second or so. */
  readonly maxEventsPerSecond: number;
}

/**
 * The events of the API's trackers, for its streams. Nothing is subscribed to until the first stream opens, and no longer
 * than {@link LINGER_MS} after the last has gone: without readers a task costs nothing.
 */
export class EventFeed {
  readonly #bounds: FeedBounds;
  readonly #intake: EventIntake;
  readonly #streams = new Set<EventStream>();
  #ring: FeedEntry[] = [];
  /** Names the ring, so that an id of another process, or of before a pause, is told from one of this. */
  #ringName = "";
  #lastNumber = 0;
  #isListening = false;
  #idleTicks = 0;
  #timer: ClockTimer | undefined;
  #refused = 0;
  #stalled = 0;
  #droppedByClosed = 0;

  constructor(bounds: FeedBounds) {
    this.#bounds = bounds;
    this.#intake = new EventIntake(bounds.maxEventsPerSecond, (taken) => this.#publish(taken));
  }

  get counts(): FeedCounts {
    let eventsDropped = this.#droppedByClosed;
    for (const stream of this.#streams) eventsDropped += stream.dropped;
    return {
      open: this.#streams.size,
      refused: this.#refused,
      stalled: this.#stalled,
      eventsDropped,
      rests: this.#intake.rests,
    };
  }

  add(context: PluginContext): void {
    this.#intake.add(context);
  }

  /** Ends all streams with the last tracker. */
  remove(context: PluginContext): void {
    this.#intake.remove(context);
    if (this.#intake.hasContexts) return;
    for (const stream of this.#streams) stream.close();
    this.#pause();
  }

  /**
   * Opens a stream of what a filter lets through, which must be of `kinds`, from the event after `lastEventId` on. `undefined`
   * where there are too many, or no tracker any more.
   */
  open(
    filter: EventFilter,
    kinds: Iterable<EventKind> | undefined,
    lastEventId: string | undefined,
  ): EventStream | undefined {
    if (this.#streams.size >= this.#bounds.maxStreams || !this.#intake.hasContexts) {
      this.#refused += 1;
      return undefined;
    }
    this.#listen(kinds);
    const stream = new EventStream(filter, () => {
      if (!this.#streams.delete(stream)) return;
      this.#droppedByClosed += stream.dropped;
    });
    this.#streams.add(stream);
    if (lastEventId !== undefined && lastEventId !== "") this.#replay(stream, lastEventId);
    return stream;
  }

  #replay(stream: EventStream, lastEventId: string): void {
    const [, ringName, digits = ""] = /^([0-9a-f]+)-(\d{1,15})$/.exec(lastEventId) ?? [];
    const first = this.#lastNumber - this.#ring.length + 1;
    const next = Number(digits) + 1;
    if (ringName !== this.#ringName || next > this.#lastNumber + 1) {
      stream.tellMissed(undefined);
      return;
    }
    if (next < first) stream.tellMissed(first - next);
    for (const entry of this.#ring.slice(Math.max(next - first, 0))) stream.offer(entry);
  }

  #listen(kinds: Iterable<EventKind> | undefined): void {
    this.#idleTicks = 0;
    if (!this.#isListening) {
      this.#isListening = true;
      this.#ringName = randomBytes(6).toString("hex");
      this.#arm();
    }
    this.#intake.want(kinds);
  }

  #publish(taken: Taken): void {
    this.#lastNumber += 1;
    const entry = new FeedEntry(`${this.#ringName}-${this.#lastNumber}`, taken);
    this.#ring.push(entry);
    // In pieces: taking the first off an array of a thousand at each event would cost more than all the rest.
    if (this.#ring.length > this.#bounds.keptEvents * 2)
      this.#ring = this.#ring.slice(-this.#bounds.keptEvents);
    for (const stream of this.#streams) stream.offer(entry);
  }

  #arm(): void {
    const [context] = this.#intake.contexts;
    this.#timer = context?.clock.setTimer(() => this.#tick(), KEEP_ALIVE_MS, false);
  }

  #tick(): void {
    for (const stream of this.#streams) {
      if (stream.isStalled()) {
        this.#stalled += 1;
        stream.abandon();
      } else stream.keepAlive();
    }
    this.#idleTicks = this.#streams.size === 0 ? this.#idleTicks + 1 : 0;
    if (this.#idleTicks * KEEP_ALIVE_MS >= LINGER_MS) this.#pause();
    else this.#arm();
  }

  #pause(): void {
    this.#timer?.cancel();
    this.#isListening = false;
    this.#ring = [];
    this.#intake.stop();
  }
}
