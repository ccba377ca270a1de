import { inspect } from "node:util";

/** `"unknown"`: looking at what the promise holds threw. */
export type PromiseState = "pending" | "fulfilled" | "rejected" | "unknown";

const statePattern = /^[^{]*\{\s+<(pending|rejected)>/;

/** The state of a promise, from what Node says of it: reading it leaves the promise as it is. */
export function promiseState(promise: Promise<unknown>): PromiseState {
  try {
    const said = inspect(promise, {
      customInspect: false,
      depth: 0,
      maxArrayLength: 0,
      maxStringLength: 8,
      breakLength: Number.POSITIVE_INFINITY,
    });
    return (statePattern.exec(said)?.[1] ?? "fulfilled") as PromiseState;
  } catch {
    return "unknown";
  }
}

// oxlint-disable-next-line typescript/unbound-method -- called with the promise as `this`
const nativeThen = Promise.prototype.then;

/**
 * Attaches to a promise without running code of its class or of its owner: for as long as the language's `then` asks
 * which promise it is to make, the promise has a `constructor` of ours. Only one that takes no properties is asked for
 * its own; throws what that throws.
 */
export function attach(
  promise: Promise<unknown>,
  onFulfilled: (value: unknown) => void,
  onRejected: (error: unknown) => void,
): void {
  const own = Object.getOwnPropertyDescriptor(promise, "constructor");
  const isPlain = own === undefined && Object.getPrototypeOf(promise) === Promise.prototype;
  const isShadowed = !isPlain && Object.isExtensible(promise) && own?.configurable !== false;
  if (isShadowed) void Object.defineProperty(promise, "constructor", { value: Promise, configurable: true });
  try {
    void Reflect.apply(nativeThen, promise, [onFulfilled, onRejected]);
  } finally {
    if (isShadowed) {
      if (own === undefined) Reflect.deleteProperty(promise, "constructor");
      else void Object.defineProperty(promise, "constructor", own);
    }
  }
}
