import { AsyncLocalStorage } from "node:async_hooks";
import type { HookTask, TaskCarrier } from "../plugin/index.ts";

/** What all copies of this package in one process share. */
export interface ProcessSlot {
  /** The id of the next task, whichever tracker spawns it. */
  nextTaskId: number;
  /** The one store that carries the current task where no plugin does; made when the first tracker wants it. */
  storage: AsyncLocalStorage<HookTask> | undefined;
  /** Carriers of plugins, so that `currentTask()` can ask them too. */
  readonly carriers: Set<TaskCarrier>;
  /** The process's one tracker; made when somebody first asks for it. */
  globalTracker?: object;
  /** Shutdowns that a signal has begun: the process exits when all are over. */
  shutdowns?: Set<Promise<unknown>>;
}

const KEY = Symbol.for("taskscope.process.1");

/**
 * The one piece of module-level state: guarded by a registered symbol, so that two installed copies of the package
 * number their tasks together and use one store.
 */
export function processSlot(): ProcessSlot {
  const holder = globalThis as { [KEY]?: ProcessSlot };
  const existing = holder[KEY];
  if (existing !== undefined) return existing;
  const slot: ProcessSlot = { nextTaskId: 1, storage: undefined, carriers: new Set() };
  Object.defineProperty(globalThis, KEY, {
    value: slot,
    enumerable: false,
    configurable: false,
    writable: false,
  });
  return slot;
}

/** The process's own store of the current task. */
export function sharedStorage(): AsyncLocalStorage<HookTask> {
  return (processSlot().storage ??= new AsyncLocalStorage<HookTask>());
}
