import { promiseHooks } from "node:v8";
import type { Clock } from "../internal/index.ts";
import { attach, promiseState } from "./promise-state.ts";

/** Who waits for a promise that is watched. The `seenMs` of both is when it settled. */
export interface Watcher {
  /** Called first, as soon as the promise is fulfilled and before any code that awaits it, where its state can be told. */
  onFulfilled(seenMs: number): void;
  /** Called once, when it has settled. */
  onSettled(isFulfilled: boolean, settlement: unknown, seenMs: number): void;
  /** Called once, instead of the others: the promise was garbage-collected and will never settle. */
  onCollected(): void;
}

/** Node's own, also while the user's tests fake the timers. */
const nextTurn = setImmediate;

/**
 * Learns how promises settle without becoming their handler. A `then` would mark the promise as handled and so swallow
 * the unhandled rejection of one that its owner forgot; a hook on settling does not. The hook stands only
 * while something is watched, and makes every promise of the process somewhat dearer for as long (about a half on Node
 * 20). A fulfilment is seen at once; a rejection is taken up on the next turn of the event loop, when Node has decided
 * whether anybody handles it, and so is a promise that holds something that cannot be looked at.
 */
export class SettleWatch {
  readonly #clock: Clock;
  readonly #watched = new WeakMap<Promise<unknown>, Watcher[]>();
  /** A promise that is collected will never settle: it must not keep the hook standing. */
  readonly #collected = new FinalizationRegistry<readonly Watcher[]>((watchers) => {
    this.#forget();
    for (const watcher of watchers) watcher.onCollected();
  });
  #count = 0;
  #stopHook: (() => void) | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Watches a native promise, of whatever subclass, as often as it is given. Holds it weakly. */
  watch(promise: Promise<unknown>, watcher: Watcher): void {
    const others = this.#watched.get(promise);
    if (others !== undefined) {
      others.push(watcher);
      return;
    }
    const watchers = [watcher];
    this.#watched.set(promise, watchers);
    this.#collected.register(promise, watchers, promise);
    this.#count += 1;
    this.#stopHook ??= promiseHooks.onSettled((settled: Promise<unknown>) => {
      if (!this.#watched.has(settled)) return;
      const seenMs = this.#clock.now();
      queueMicrotask(() => this.#look(settled, seenMs));
    }) as () => void;
    // Settled before it was given: the same path, from here.
    this.#look(promise, this.#clock.now());
  }

  #forget(): void {
    this.#count -= 1;
    if (this.#count > 0) return;
    this.#stopHook?.();
    this.#stopHook = undefined;
  }

  /** The hook also fires when a promise is resolved with another one that is pending: then it is too early. */
  #look(promise: Promise<unknown>, seenMs: number): void {
    const watchers = this.#watched.get(promise);
    if (watchers === undefined) return;
    const state = promiseState(promise);
    if (state === "pending") return;
    this.#watched.delete(promise);
    this.#collected.unregister(promise);
    this.#forget();
    if (state === "fulfilled") {
      for (const watcher of watchers) watcher.onFulfilled(seenMs);
      this.#take(promise, watchers, seenMs);
    } else nextTurn(() => this.#take(promise, watchers, state === "unknown" ? undefined : seenMs));
  }

  /** Reads what a promise holds. `seenMs` undefined: it may still be pending. */
  #take(promise: Promise<unknown>, watchers: readonly Watcher[], seenMs: number | undefined): void {
    const settle = (isFulfilled: boolean, settlement: unknown): void => {
      const whenMs = seenMs ?? this.#clock.now();
      for (const watcher of watchers) watcher.onSettled(isFulfilled, settlement, whenMs);
    };
    try {
      attach(
        promise,
        (value) => settle(true, value),
        (error) => settle(false, error),
      );
    } catch (error) {
      settle(false, error);
    }
  }
}
