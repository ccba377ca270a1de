import { checkCount, checkWord, InvalidOptionError, readOptions } from "../errors/index.ts";
import { NamedCounts } from "../internal/index.ts";
import type { Clock, Diag, WallClock } from "../internal/index.ts";
import { OTHER_NAME } from "../metrics/index.ts";
import { boundName } from "../task/index.ts";
import {
  beginIsListenedTo,
  channelIsListenedTo,
  channelsAreListenedTo,
  endIsListenedTo,
  publishOnChannel,
} from "./channels.ts";
import { eventKinds } from "./lifecycle-event.ts";
import type { EventFields, EventKind, EventTask, LifecycleEvent } from "./lifecycle-event.ts";
import type { TraceIds } from "./trace-ids.ts";
import { Subscriber } from "./subscriber.ts";
import type { OnEvent, OverflowPolicy, SubscriberHost } from "./subscriber.ts";

/** Who subscribes, and how much may wait for them. */
export interface SubscribeOptions {
  /** Short and from a closed list: it is the `subscriber` label of the drop counter. Subscribers may share one. */
  readonly name: string;
  /** Which events are wanted (default: all). Others take no room in the queue, and are built for nobody. */
  readonly kinds?: readonly EventKind[] | undefined;
  /** How many events may wait (default 1,024). */
  readonly capacity?: number | undefined;
  /** Which event gives way when they do (default `"drop-oldest"`). */
  readonly overflow?: OverflowPolicy | undefined;
}

/** How many names of subscribers are counted apart; drops of further ones are counted as `__other__`. */
export const MAX_SUBSCRIBER_NAMES = 100;

const allowed = new Set(["name", "kinds", "capacity", "overflow"]);
const overflowPolicies: readonly OverflowPolicy[] = ["drop-oldest", "drop-newest"];

/**
 * Announces what happens to the tasks of one tracker: to its subscribers, later, each through a bounded queue of its own;
 * and on the channels of `node:diagnostics_channel`, at once. Best effort: no outcome and no number depends on it.
 */
export class EventHub implements SubscriberHost {
  readonly clock: Clock;
  readonly diag: Diag;
  readonly #wallClock: WallClock;
  readonly #runOutside: (body: () => void) => void;
  readonly #traceOf: (task: EventTask) => TraceIds | undefined;
  readonly #dropped = new NamedCounts(MAX_SUBSCRIBER_NAMES, OTHER_NAME);
  #hasSubscribers = false;
  #wantedKinds: ReadonlySet<EventKind> = new Set();
  /** The same of what every task has, for it is asked at each: looking into a set costs a tenth of a short task. */
  #wantsBegun = false;
  #wantsCompleted = false;
  #subscribers: readonly Subscriber[] = [];
  #seq = 0;

  /** `runOutside` calls its argument outside any task; `traceOf` gives the span of a task; `diag` and they must not throw. */
  constructor(
    clock: Clock,
    wallClock: WallClock,
    diag: Diag,
    runOutside: (body: () => void) => void,
    traceOf: (task: EventTask) => TraceIds | undefined,
  ) {
    this.clock = clock;
    this.diag = diag;
    this.#wallClock = wallClock;
    this.#runOutside = runOutside;
    this.#traceOf = traceOf;
  }

  /** Whether anybody would hear of an event. Asked before anything is built for one. */
  get isListening(): boolean {
    return this.#hasSubscribers || channelsAreListenedTo();
  }

  /** The same for events of one kind: what every task has is built for those who want it, not for whoever waits for trouble. */
  hears(kind: EventKind): boolean {
    return (this.#hasSubscribers && this.#wantedKinds.has(kind)) || channelIsListenedTo(kind);
  }

  /** Whether anybody would hear that a task was spawned and started at once. */
  get hearsBegun(): boolean {
    return this.#wantsBegun || beginIsListenedTo();
  }

  /** Whether anybody would hear that a task completed. */
  get hearsCompleted(): boolean {
    return this.#wantsCompleted || endIsListenedTo();
  }

  /** Events dropped by name of subscriber, those that dropped none at 0: a copy. Outlives the subscribers. */
  get dropped(): ReadonlyMap<string, number> {
    return this.#dropped.snapshot();
  }

  /** Events that wait to be handed over, over all subscribers. */
  get waiting(): number {
    let sum = 0;
    for (const subscriber of this.#subscribers) sum += subscriber.waiting;
    return sum;
  }

  /** Announces one event. Does nothing when nobody listens; never throws. Call it when the books are written. */
  publish<Kind extends EventKind>(kind: Kind, task: EventTask, fields: EventFields<Kind>): void {
    if (!this.hears(kind)) return;
    this.#send(kind, task, task.id === 0 ? undefined : this.#traceOf(task), fields);
  }

  /**
   * Takes down what events say of a task, its span too, and gives a function that announces one later, when the task may have
   * ended and let go of that.
   */
  publishLater(given: EventTask): <Kind extends EventKind>(kind: Kind, fields: EventFields<Kind>) => void {
    const { id, name, type, attempt } = given;
    const trace = this.isListening ? this.#traceOf(given) : undefined;
    return (kind, fields) => {
      if (!this.hears(kind)) return;
      this.#send(kind, { id, name, type, attempt }, trace, fields);
    };
  }

  #send<Kind extends EventKind>(
    kind: Kind,
    task: EventTask,
    trace: TraceIds | undefined,
    fields: EventFields<Kind>,
  ): void {
    const event = Object.freeze({
      kind,
      seq: (this.#seq += 1),
      atMs: this.#wallClock.nowMs(),
      id: task.id,
      name: task.name,
      type: task.type,
      attempt: task.attempt,
      trace,
      ...fields,
    }) as unknown as LifecycleEvent;
    // Queues first: what the subscriber of a channel causes in its turn comes after this event for everybody.
    for (const subscriber of this.#subscribers) subscriber.offer(event);
    publishOnChannel(event);
  }

  /**
   * Hands every event from here on to `onEvent`, and gives a function that ends that.
   *
   * **Which.** Those of `kinds`; an event that nobody wants is not published, and has no `seq`.
   * **Order.** By `seq`, one at a time; what is dropped leaves a gap and is told with the next event.
   * **Later, and outside.** In a turn of the event loop after the event, in no task and in no context of one; a promise
   * that `onEvent` gives is waited for before its next call. A turn hands over what waits at its beginning.
   * **Throwing.** A throw or a rejection is caught, counted, and reported through `diag` at most once a minute.
   * **Overflow.** At most `capacity` events wait; beyond, the oldest or newest is dropped and counted in
   * `taskscope_events_dropped_total`.
   * **Ending.** Ending it drops what waits; no call begins after that, and ending it twice does nothing. Shutdown hands
   * over what waits, within a bound, then ends all subscriptions. A turn that is due keeps the process alive, a
   * promise of `onEvent` does not.
   *
   * Throws an `InvalidOptionError` for bad options.
   */
  subscribe(options: SubscribeOptions, onEvent: OnEvent): () => void {
    const bag = readOptions("subscribe", options, allowed);
    if (typeof onEvent !== "function") throw new InvalidOptionError("onEvent", onEvent, "a function");
    const { capacity, overflow, kinds } = bag;
    const name = boundName(bag["name"], "subscribe.name");
    const checked = {
      name,
      kinds: kinds === undefined ? undefined : checkKinds(kinds),
      capacity: capacity === undefined ? 1_024 : checkCount("subscribe.capacity", capacity, 1),
      overflow:
        overflow === undefined ? "drop-oldest" : checkWord("subscribe.overflow", overflow, overflowPolicies),
    } as const;
    this.#dropped.count(name, 0);
    const onDropped = (): void => this.#dropped.count(name, 1);
    const subscriber = new Subscriber(this, checked, onEvent, onDropped, this.#seq);
    this.#setSubscribers([...this.#subscribers, subscriber]);
    return () => {
      this.#setSubscribers(this.#subscribers.filter((other) => other !== subscriber));
      subscriber.close();
    };
  }

  /** Hands over what waits, for `boundMs` at the most, and ends all subscriptions. Never rejects. */
  async close(boundMs: number): Promise<void> {
    const waiting = new Set(this.#subscribers);
    const flushes = this.#subscribers.map(async (subscriber) => {
      await subscriber.flushed();
      waiting.delete(subscriber);
    });
    let timer: { cancel(): void } | undefined;
    const bound = new Promise<void>((resolve) => {
      if (waiting.size > 0) timer = this.clock.setTimer(resolve, boundMs, true);
    });
    if (waiting.size > 0) await Promise.race([Promise.all(flushes), bound]);
    timer?.cancel();
    for (const { name } of waiting) {
      this.diag.warn(`Subscriber ${name} did not deal with its events within ${boundMs} ms`);
    }
    const subscribers = this.#subscribers;
    this.#setSubscribers([]);
    for (const subscriber of subscribers) subscriber.close();
  }

  runOutside(body: () => void): void {
    this.#runOutside(body);
  }

  #setSubscribers(subscribers: readonly Subscriber[]): void {
    this.#subscribers = subscribers;
    this.#hasSubscribers = subscribers.length > 0;
    this.#wantedKinds = new Set(subscribers.flatMap(({ kinds }) => [...(kinds ?? eventKinds)]));
    this.#wantsBegun = this.#wantedKinds.has("spawned") || this.#wantedKinds.has("started");
    this.#wantsCompleted = this.#wantedKinds.has("completed");
  }
}

function checkKinds(given: unknown): ReadonlySet<EventKind> {
  if (!Array.isArray(given))
    throw new InvalidOptionError("subscribe.kinds", given, "an array of kinds of events");
  return new Set(given.map((kind) => checkWord("subscribe.kinds", kind, eventKinds)));
}
