import { AsyncLocalStorage } from "node:async_hooks";
import { processWide, systemClock } from "../internal/index.ts";
import type { Clock } from "../internal/index.ts";
import { processKey } from "../plugin/index.ts";
import type { HookTask, TaskStores } from "../plugin/index.ts";
import { EventLoopDelay } from "../stats/index.ts";

/** What all copies of this package in one process share. */
export interface ProcessSlot extends TaskStores {
  /** The id of the next task, whichever tracker spawns it. */
  nextTaskId: number;
  /** The process's one tracker; made when somebody first asks for it. */
  globalTracker?: object;
  /** Shutdowns that a signal has begun: the process exits when all are over. */
  shutdowns?: Set<Promise<unknown>>;
  /** The delay of the event loop by the system's clock; made when somebody first reads it. */
  loopDelay?: EventLoopDelay;
  /** The same by other clocks. */
  loopDelays?: WeakMap<Clock, EventLoopDelay>;
}

/**
 * The one piece of module-level state: guarded by a registered symbol, so that two installed copies of the package
 * number their tasks together and use one store.
 */
export function processSlot(): ProcessSlot {
  return processWide(processKey, () => ({ nextTaskId: 1, storage: undefined, carriers: new Set() }));
}

/** The process's own store of the current task. */
export function sharedStorage(): AsyncLocalStorage<HookTask> {
  return (processSlot().storage ??= new AsyncLocalStorage<HookTask>());
}

/** The one measurement of the event loop's delay by a clock. All copies of this package share that by the system's. */
export function loopDelayBy(clock: Clock): EventLoopDelay {
  const slot = processSlot();
  if (clock === systemClock) return (slot.loopDelay ??= new EventLoopDelay(clock));
  const delays = (slot.loopDelays ??= new WeakMap());
  let delay = delays.get(clock);
  if (delay === undefined) delays.set(clock, (delay = new EventLoopDelay(clock)));
  return delay;
}
