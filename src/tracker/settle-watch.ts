import { inspect } from "node:util";
import { promiseHooks } from "node:v8";

/** Called once, when a watched promise has settled; `seenMs` is when. */
export type OnSettled = (isFulfilled: boolean, settlement: unknown, seenMs: number) => void;

interface Watched {
  readonly now: () => number;
  /** Called first, as soon as the promise is fulfilled, before any code that awaits it. */
  readonly onFulfilled: (seenMs: number) => void;
  readonly onSettled: OnSettled;
}

// oxlint-disable-next-line typescript/unbound-method -- called with the promise as `this`
const nativeThen = Promise.prototype.then;

/**
 * Learns how promises settle without becoming their handler. A `then` would mark the promise as handled and so swallow
 * the unhandled rejection of one that its owner forgot; a hook on settling does not. The hook stands only
 * while something is watched, and makes every promise of the process somewhat dearer for as long (about a half on Node
 * 20). A fulfilment is seen at once; a rejection is taken up on the next turn of the event loop, when Node has decided
 * whether anybody handles it.
 */
export class SettleWatch {
  readonly #watched = new WeakMap<Promise<unknown>, Watched>();
  /** A promise that is collected will never settle: it must not keep the hook standing. */
  readonly #collected = new FinalizationRegistry<undefined>(() => this.#forget());
  #count = 0;
  #stopHook: (() => void) | undefined;

  /** Watches a native promise, of whatever subclass. Holds it weakly. */
  watch(promise: Promise<unknown>, watched: Watched): void {
    if (!isPending(promise)) {
      // Settled before it was given: the same path, from here.
      this.#remember(promise, watched);
      this.#look(promise, watched.now());
      return;
    }
    this.#remember(promise, watched);
  }

  #remember(promise: Promise<unknown>, watched: Watched): void {
    this.#watched.set(promise, watched);
    this.#collected.register(promise, undefined, promise);
    this.#count += 1;
    this.#stopHook ??= promiseHooks.onSettled((settled: Promise<unknown>) => {
      const found = this.#watched.get(settled);
      if (found === undefined) return;
      const seenMs = found.now();
      queueMicrotask(() => this.#look(settled, seenMs));
    }) as () => void;
  }

  #forget(): void {
    this.#count -= 1;
    if (this.#count > 0) return;
    this.#stopHook?.();
    this.#stopHook = undefined;
  }

  /** The hook also fires when a promise is resolved with another one that is pending: then it is too early. */
  #look(promise: Promise<unknown>, seenMs: number): void {
    const watched = this.#watched.get(promise);
    if (watched === undefined || isPending(promise)) return;
    this.#watched.delete(promise);
    this.#collected.unregister(promise);
    this.#forget();
    const take = (): void => {
      void Reflect.apply(nativeThen, promise, [
        (value: unknown) => watched.onSettled(true, value, seenMs),
        (error: unknown) => watched.onSettled(false, error, seenMs),
      ]);
    };
    if (isRejected(promise)) setImmediate(take);
    else {
      watched.onFulfilled(seenMs);
      take();
    }
  }
}

const pendingPattern = /^[^{]*\{\s+<pending>/;
const rejectedPattern = /^[^{]*\{\s+<rejected>/;

/** What Node says of a promise: reading it leaves the promise as it is. */
function describe(promise: Promise<unknown>): string {
  try {
    return inspect(promise, {
      customInspect: false,
      depth: 0,
      maxArrayLength: 0,
      maxStringLength: 8,
      breakLength: Number.POSITIVE_INFINITY,
    });
  } catch {
    // A pending promise has nothing that could throw. What a settled one holds may.
    return "{ <rejected>";
  }
}

function isPending(promise: Promise<unknown>): boolean {
  return pendingPattern.test(describe(promise));
}

function isRejected(promise: Promise<unknown>): boolean {
  return rejectedPattern.test(describe(promise));
}
