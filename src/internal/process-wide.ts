/**
 * What all copies of this package in one thread share under a registered symbol: made by whoever asks first. `key` carries
 * the version of the value's shape, as copies of two versions of the package may meet.
 */
export function processWide<Value extends object>(key: symbol, make: () => Value): Value {
  const holder = globalThis as { [shared: symbol]: unknown };
  const existing = holder[key];
  if (existing !== undefined) return existing as Value;
  const value = make();
  Object.defineProperty(globalThis, key, { value, enumerable: false, configurable: false, writable: false });
  return value;
}
