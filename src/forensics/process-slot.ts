import { LoopWatchdog } from "./loop-watchdog.ts";

const SLOT_NAME = "taskscope.forensics.1";
const KEY = Symbol.for(SLOT_NAME);

/**
 * The one watchdog of the process, made when somebody first wants it: guarded by a registered symbol, so that two installed
 * copies of the package share it, and so that its thread finds it.
 */
export function sharedWatchdog(): LoopWatchdog {
  const holder = globalThis as { [KEY]?: LoopWatchdog };
  const existing = holder[KEY];
  if (existing !== undefined) return existing;
  const watchdog = new LoopWatchdog(SLOT_NAME);
  Object.defineProperty(globalThis, KEY, {
    value: watchdog,
    enumerable: false,
    configurable: false,
    writable: false,
  });
  return watchdog;
}
