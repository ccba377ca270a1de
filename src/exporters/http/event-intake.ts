import type { EventKind, LifecycleEvent } from "../../events/index.ts";
import type { Clock, ClockTimer } from "../../internal/index.ts";
import type { PluginContext } from "../../plugin/index.ts";
import { allKinds, kindsOfEveryTask } from "./event-kinds.ts";

/** An event, or that some were dropped; `null`: nobody knows how many. */
export type Taken = LifecycleEvent | { readonly dropped: number | null };

/** Between a tracker and the intake. */
const SUBSCRIBER_CAPACITY = 10_000;
const FIRST_REST_MS = 2_000;
const LONGEST_REST_MS = 16_000;
/** So many milliseconds' worth of events may come at once. */
const BURST_MS = 1_000;
/** The same after a rest, before it is known whether there is still too much. */
const TRIAL_MS = 100;
/** Spawned, started, ended: what every task has at the least. */
const EVENTS_OF_A_TASK = 3;

/**
 * Takes the events of the API's trackers, of the kinds that are wanted. An event costs the task it is about some
 * time, and whoever reads it more: when more than `maxPerSecond` happen, it rests, longer each time that there were still too
 * many, and takes only what goes wrong. Whether there were is told by the number of tasks, which costs them nothing. Whoever reads
 * is told that events are missing.
 */
export class EventIntake {
  /** How often it had to rest. */
  rests = 0;
  readonly #maxPerSecond: number;
  readonly #take: (taken: Taken) => void;
  readonly #contexts = new Map<PluginContext, (() => void) | undefined>();
  readonly #wanted = new Set<EventKind>();
  #isResting = false;
  #restMs = FIRST_REST_MS;
  #rest: ClockTimer | undefined;
  /** How many tasks had been spawned at the last look of the rest. */
  #spawnedBefore = 0;
  /** How many more are taken before it is looked how long the last {@link #allowed} have taken. */
  #left = 0;
  #allowed = 0;
  #sinceMs = 0;

  /** Begins with nothing wanted. `take` is called later than what it hears of happened, and must not throw. */
  constructor(maxPerSecond: number, take: (taken: Taken) => void) {
    this.#maxPerSecond = maxPerSecond;
    this.#take = take;
  }

  get contexts(): Iterable<PluginContext> {
    return this.#contexts.keys();
  }

  get hasContexts(): boolean {
    return this.#contexts.size > 0;
  }

  add(context: PluginContext): void {
    this.#contexts.set(context, undefined);
    this.#subscribe(context);
  }

  remove(context: PluginContext): void {
    this.#contexts.get(context)?.();
    this.#contexts.delete(context);
  }

  /** Takes events of these kinds too, all where none are given. Who heard of others until now is told of a gap. */
  want(kinds: Iterable<EventKind> = allKinds): void {
    const before = this.#wanted.size;
    for (const kind of kinds) this.#wanted.add(kind);
    if (this.#wanted.size === before) return;
    if (before === 0) this.#allow(BURST_MS);
    else this.#take({ dropped: null });
    for (const context of this.#contexts.keys()) this.#subscribe(context);
  }

  /** Wants nothing any more. */
  stop(): void {
    this.#rest?.cancel();
    this.#isResting = false;
    this.#restMs = FIRST_REST_MS;
    this.#wanted.clear();
    for (const context of this.#contexts.keys()) this.#subscribe(context);
  }

  /** Ends the subscription there is, and begins the one there should be. What waits in between is lost. */
  #subscribe(context: PluginContext): void {
    this.#contexts.get(context)?.();
    const kinds = [...this.#wanted].filter((kind) => !this.#isResting || !kindsOfEveryTask.has(kind));
    const end =
      kinds.length === 0
        ? undefined
        : context.subscribe(
            { name: "http-api", kinds, capacity: SUBSCRIBER_CAPACITY, overflow: "drop-oldest" },
            (event, dropped) => {
              if (dropped > 0) this.#take({ dropped });
              this.#take(event);
              if (kindsOfEveryTask.has(event.kind)) this.#count(context);
            },
          );
    this.#contexts.set(context, end);
  }

  #count(context: PluginContext): void {
    this.#left -= 1;
    if (this.#left > 0 || this.#isResting) return;
    const tookMs = context.clock.now() - this.#sinceMs;
    if (tookMs * this.#maxPerSecond < this.#allowed * 1_000) {
      this.#beginRest(context);
      return;
    }
    this.#restMs = FIRST_REST_MS;
    this.#allow(BURST_MS);
  }

  #beginRest({ clock }: PluginContext): void {
    this.rests += 1;
    this.#isResting = true;
    for (const context of this.#contexts.keys()) this.#subscribe(context);
    this.#take({ dropped: null });
    this.#goOnResting(clock);
  }

  #goOnResting(clock: Clock): void {
    const restMs = this.#restMs;
    this.#spawnedBefore = this.#spawned;
    this.#rest = clock.setTimer(
      () => {
        const spawnedPerSecond = ((this.#spawned - this.#spawnedBefore) * 1_000) / restMs;
        if (spawnedPerSecond * EVENTS_OF_A_TASK > this.#maxPerSecond) this.#goOnResting(clock);
        else this.#endRest();
      },
      restMs,
      false,
    );
    this.#restMs = Math.min(restMs * 2, LONGEST_REST_MS);
  }

  get #spawned(): number {
    let spawned = 0;
    for (const { control } of this.#contexts.keys()) spawned += control.spawned;
    return spawned;
  }

  #endRest(): void {
    this.#isResting = false;
    this.#allow(TRIAL_MS);
    for (const context of this.#contexts.keys()) this.#subscribe(context);
    this.#take({ dropped: null });
  }

  #allow(forMs: number): void {
    const [context] = this.#contexts.keys();
    this.#sinceMs = context?.clock.now() ?? 0;
    this.#allowed = Math.max((this.#maxPerSecond * forMs) / 1_000, 1);
    this.#left = this.#allowed;
  }
}
