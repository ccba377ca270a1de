// oxlint-disable-next-line typescript/unbound-method -- only compared
const nativeThen: unknown = Promise.prototype.then;

/**
 * Whether `value` is a promise as the language makes them, on which `then` is the language's own and gives a native
 * promise again: neither a subclass, nor one with a `then` of its own. Reads hostile objects safely.
 */
export function isPlainPromise(value: unknown): value is Promise<unknown> {
  if (!(value instanceof Promise)) return false;
  try {
    return value.then === nativeThen && value.constructor === Promise;
  } catch {
    return false;
  }
}

/**
 * Takes up any other thenable: its `then` is read once, here, and called in a microtask of its own, as `await` would.
 * Gives a native promise, or `undefined` when `value` is no thenable.
 */
export function adoptThenable(value: unknown): Promise<unknown> | undefined {
  if ((typeof value !== "object" && typeof value !== "function") || value === null) return undefined;
  let then: unknown;
  try {
    then = (value as { then?: unknown }).then;
  } catch {
    return undefined;
  }
  if (typeof then !== "function") return undefined;
  const thenFunction = then;
  return new Promise((resolve) => {
    resolve({
      // oxlint-disable-next-line unicorn/no-thenable -- stands in for the value, whose own `then` was read already
      then: (onFulfilled: unknown, onRejected: unknown): unknown =>
        Reflect.apply(thenFunction, value, [onFulfilled, onRejected]),
    } as PromiseLike<unknown>);
  });
}
