// oxlint-disable-next-line typescript/unbound-method -- compared, and called with the promise as `this`
const nativeThen = Promise.prototype.then;

type OnFulfilled = (value: unknown) => unknown;
type OnRejected = (error: unknown) => unknown;

/** Any `then`, as far as calling it goes. */
export type Then = (onFulfilled: OnFulfilled, onRejected: OnRejected) => unknown;

/** The `then` of a thenable, read once, as `await` would; `undefined` for anything else. Reads hostile objects safely. */
export function thenOf(value: unknown): Then | undefined {
  if ((typeof value !== "object" && typeof value !== "function") || value === null) return undefined;
  try {
    const { then } = value as { then?: unknown };
    return typeof then === "function" ? (then as Then) : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Follows a thenable through the `then` that {@link thenOf} read of it. On a promise as the language makes them that is
 * one native `then`. Any other is adopted: its `then` is called in a microtask of its own, as `await` would. Gives
 * a native promise. A native one is the only thing that can settle what follows it: it is put down as the `lifeline` of
 * `follower`. Of another thenable nobody knows what holds its callbacks.
 */
export function follow(
  thenable: unknown,
  then: Then,
  onFulfilled: OnFulfilled,
  onRejected: OnRejected,
  follower?: { lifeline: object | number | undefined },
): Promise<unknown> {
  if (then === nativeThen) {
    try {
      // Gives a native promise again, which neither a subclass need do nor one with a constructor of its own.
      if (thenable instanceof Promise && thenable.constructor === Promise) {
        const derived = nativeThen.call(thenable, onFulfilled, onRejected);
        if (follower !== undefined) follower.lifeline = thenable;
        return derived;
      }
    } catch {
      // A proxy, or what only inherits from a promise: adopted, it rejects, as it does where it is awaited.
    }
  }
  return adopt(thenable, then, onFulfilled, onRejected);
}

/** Apart from {@link follow}, whose parameters would live in an object of the heap if a closure there caught them. */
function adopt(
  thenable: unknown,
  then: Then,
  onFulfilled: OnFulfilled,
  onRejected: OnRejected,
): Promise<unknown> {
  return new Promise((resolve) => {
    resolve({
      // oxlint-disable-next-line unicorn/no-thenable -- stands in for the thenable, whose own `then` was read already
      then: (resolveWith: unknown, rejectWith: unknown): unknown =>
        Reflect.apply(then, thenable, [resolveWith, rejectWith]),
    } as PromiseLike<unknown>);
  }).then(onFulfilled, onRejected);
}
