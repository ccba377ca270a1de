import { processWide } from "../internal/index.ts";
import { LoopWatchdog } from "./loop-watchdog.ts";

const SLOT_NAME = "taskscope.forensics.1";
const KEY = Symbol.for(SLOT_NAME);

/**
 * The one watchdog of the process, made when somebody first wants it: guarded by a registered symbol, so that two installed
 * copies of the package share it, and so that its thread finds it.
 */
export function sharedWatchdog(): LoopWatchdog {
  return processWide(KEY, () => new LoopWatchdog(SLOT_NAME));
}
