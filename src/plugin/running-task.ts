import type { AsyncLocalStorage } from "node:async_hooks";
import type { HookTask } from "./hooks.ts";
import type { TaskCarrier } from "./task-carrier.ts";

/** The registered symbol under which all copies of this package keep what is one for the process. */
export const processKey: unique symbol = Symbol.for("taskscope.process.1");

/** Where the current task is found. */
export interface TaskStores {
  /** The one store that carries the current task where no plugin does; made when the first tracker wants it. */
  storage: AsyncLocalStorage<HookTask> | undefined;
  /** Carriers of plugins. */
  readonly carriers: Set<TaskCarrier>;
}

/** The task that the calling code runs in, of whatever tracker; the innermost, if there are several. */
export function runningTask(): HookTask | undefined {
  const stores = (globalThis as { [processKey]?: TaskStores })[processKey];
  if (stores === undefined) return undefined;
  let innermost = stores.storage?.getStore();
  for (const carrier of stores.carriers) {
    const task = carrier.current();
    if (task !== undefined && (innermost === undefined || task.id > innermost.id)) innermost = task;
  }
  return innermost;
}
