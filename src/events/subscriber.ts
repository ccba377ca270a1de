import type { Clock, Diag } from "../internal/index.ts";
import type { EventKind, LifecycleEvent } from "./lifecycle-event.ts";

/** Which event gives way when a subscriber's queue is full. */
export type OverflowPolicy = "drop-oldest" | "drop-newest";

/**
 * Hears of one event. `dropped` says how many events were dropped since the call before (or since subscribing). A
 * promise that it gives is waited for: the next call comes when it has settled.
 */
export type OnEvent = (event: LifecycleEvent, dropped: number) => void | PromiseLike<void>;

/** What a subscriber needs of its hub. */
export interface SubscriberHost {
  readonly clock: Clock;
  readonly diag: Diag;
  /** Calls `body` outside any task. */
  runOutside(body: () => void): void;
}

/** How often trouble with one subscriber is reported. */
const REPORT_EVERY_MS = 60_000;
const FIRST_CAPACITY = 16;

interface Waiter {
  readonly seq: number;
  readonly wake: () => void;
}

/**
 * The queue between a tracker and one subscriber: a ring that grows up to `capacity` and then drops. It is emptied in
 * turns of the event loop, each of which takes no more than waited when it began: a subscriber that causes events of its
 * own does not hold the loop.
 */
export class Subscriber {
  readonly name: string;
  /** Which events it wants; `undefined` for all. */
  readonly kinds: ReadonlySet<EventKind> | undefined;
  readonly #host: SubscriberHost;
  readonly #capacity: number;
  readonly #overflow: OverflowPolicy;
  readonly #onEvent: OnEvent;
  readonly #onDropped: () => void;
  #ring: (LifecycleEvent | undefined)[] = [];
  #head = 0;
  #size = 0;
  /** Of the event that was handed over last. */
  #lastSeq: number;
  /** Events that were dropped before the oldest that waits; and after the newest. */
  #droppedFirst = 0;
  #droppedLast = 0;
  /** How many were dropped before an event that waits, by its `seq`. */
  readonly #droppedBefore = new Map<number, number>();
  /** From the moment a turn is asked for until nothing waits and no call is under way. */
  #isBusy = false;
  #leftInTurn = 0;
  #throws = 0;
  #reportedAtMs: number | undefined;
  #waiters: Waiter[] = [];

  constructor(
    host: SubscriberHost,
    options: {
      readonly name: string;
      readonly kinds: ReadonlySet<EventKind> | undefined;
      readonly capacity: number;
      readonly overflow: OverflowPolicy;
    },
    onEvent: OnEvent,
    onDropped: () => void,
    lastSeq: number,
  ) {
    this.#host = host;
    this.name = options.name;
    this.kinds = options.kinds;
    this.#capacity = options.capacity;
    this.#overflow = options.overflow;
    this.#onEvent = onEvent;
    this.#onDropped = onDropped;
    this.#lastSeq = lastSeq;
  }

  /** How many events wait to be handed over. */
  get waiting(): number {
    return this.#size;
  }

  /** Queues an event that is wanted, or drops one. Runs nothing of the subscriber's and never throws. */
  offer(event: LifecycleEvent): void {
    if (this.kinds?.has(event.kind) === false) return;
    if (this.#size === this.#capacity) {
      this.#onDropped();
      if (this.#overflow === "drop-newest") {
        this.#droppedLast += 1;
        return;
      }
      this.#take();
      this.#droppedFirst += 1;
    }
    if (this.#droppedLast > 0) {
      this.#droppedBefore.set(event.seq, this.#droppedLast);
      this.#droppedLast = 0;
    }
    if (this.#size === this.#ring.length) this.#grow();
    this.#ring[(this.#head + this.#size) % this.#ring.length] = event;
    this.#size += 1;
    if (this.#isBusy) return;
    this.#isBusy = true;
    this.#askForTurn();
  }

  /** Settles when all that waits now has been handed over and the last of it has been dealt with, or when closed. */
  flushed(): Promise<void> {
    if (!this.#isBusy) return Promise.resolve();
    const newest =
      this.#size === 0 ? undefined : this.#ring[(this.#head + this.#size - 1) % this.#ring.length];
    return new Promise((wake) => {
      this.#waiters.push({ seq: newest?.seq ?? this.#lastSeq, wake });
    });
  }

  /** Forgets what waits. No call begins after this, as long as nothing is offered any more. */
  close(): void {
    this.#ring = [];
    this.#head = 0;
    this.#size = 0;
    this.#droppedBefore.clear();
    this.#wakeWaiters(Number.POSITIVE_INFINITY);
  }

  #askForTurn(): void {
    this.#host.runOutside(() => {
      setImmediate(() => {
        this.#leftInTurn = this.#size;
        this.#deliver();
      });
    });
  }

  #deliver(): void {
    while (this.#leftInTurn > 0 && this.#size > 0) {
      const event = this.#take();
      this.#leftInTurn -= 1;
      const pending = this.#call(event);
      if (pending !== undefined) {
        void pending.then(() => {
          this.#dealtWith(event);
          this.#deliver();
        });
        return;
      }
      this.#dealtWith(event);
    }
    if (this.#size > 0) this.#askForTurn();
    else this.#isBusy = false;
  }

  /** Calls the subscriber. Gives a promise that never rejects, where one is to be waited for. */
  #call(event: LifecycleEvent): Promise<void> | undefined {
    const dropped = this.#droppedFirst + (this.#droppedBefore.get(event.seq) ?? 0);
    this.#droppedFirst = 0;
    this.#droppedBefore.delete(event.seq);
    this.#lastSeq = event.seq;
    try {
      const given: unknown = this.#onEvent(event, dropped);
      if (typeof given !== "object" || given === null) return undefined;
      return Promise.resolve(given).then(
        () => undefined,
        (error: unknown) => this.#threw(error),
      );
    } catch (error) {
      this.#threw(error);
      return undefined;
    }
  }

  #dealtWith({ seq }: LifecycleEvent): void {
    if (this.#waiters.length > 0) this.#wakeWaiters(seq);
  }

  #wakeWaiters(untilSeq: number): void {
    const woken = this.#waiters.filter(({ seq }) => seq <= untilSeq);
    this.#waiters = this.#waiters.filter(({ seq }) => seq > untilSeq);
    for (const { wake } of woken) wake();
  }

  #threw(error: unknown): void {
    this.#throws += 1;
    const nowMs = this.#host.clock.now();
    if (this.#reportedAtMs !== undefined && nowMs - this.#reportedAtMs < REPORT_EVERY_MS) return;
    this.#reportedAtMs = nowMs;
    this.#host.diag.warn(
      `Subscriber ${this.name} threw (${this.#throws} so far); tasks and other subscribers are not affected`,
      error,
    );
  }

  #take(): LifecycleEvent {
    const event = this.#ring[this.#head] as LifecycleEvent;
    this.#ring[this.#head] = undefined;
    this.#head = (this.#head + 1) % this.#ring.length;
    this.#size -= 1;
    return event;
  }

  #grow(): void {
    const length = Math.min(Math.max(FIRST_CAPACITY, this.#ring.length * 2), this.#capacity);
    this.#ring = Array.from({ length }, (_, index) =>
      index < this.#size ? this.#ring[(this.#head + index) % this.#ring.length] : undefined,
    );
    this.#head = 0;
  }
}
