import { AsyncResource } from "node:async_hooks";
import type { AsyncLocalStorage } from "node:async_hooks";
import { tasksAreTraced } from "../events/index.ts";
import type { PluginHost, TaskCarrier } from "../plugin/index.ts";
import { processSlot, sharedStorage } from "./process-slot.ts";
import { TaskRecord } from "./task-record.ts";
import { callTraced } from "./traced-call.ts";

/** Where the package was loaded: a tracker may be made inside a request, or inside a task of another one. */
const outside = new AsyncResource("taskscope");

/**
 * What stands around a body while it runs: the current task, and the `aroundAttempt` hooks of plugins. There is at
 * most one carrier of the current task: a plugin's if one offered its own during set-up, else the process's store.
 */
export class Surroundings {
  readonly #host: PluginHost;
  readonly #wanted: boolean;
  #storage: AsyncLocalStorage<unknown> | undefined;
  #carrier: TaskCarrier | undefined;
  #isFixed = false;

  /** `wanted` false: nothing is carried (`context: false`). */
  constructor(host: PluginHost, wanted: boolean) {
    this.#host = host;
    this.#wanted = wanted;
  }

  /** Whether the fast way is open: the body can be called as it is. */
  get areEmpty(): boolean {
    return (
      this.#storage === undefined &&
      this.#carrier === undefined &&
      this.#host.aroundHooks.isEmpty &&
      !tasksAreTraced()
    );
  }

  /** Takes a plugin's carrier, if one is wanted and none is there. */
  offer(carrier: TaskCarrier): boolean {
    if (!this.#wanted || this.#isFixed || this.#carrier !== undefined) return false;
    this.#carrier = carrier;
    processSlot().carriers.add(carrier);
    return true;
  }

  /** After this the carrier is what it is: no task may change carriers midway. */
  fix(): void {
    this.#isFixed = true;
    if (this.#wanted && this.#carrier === undefined) this.#storage = sharedStorage();
  }

  /** Forgets a plugin's carrier in the process; bodies that still run keep it. */
  close(): void {
    if (this.#carrier !== undefined) processSlot().carriers.delete(this.#carrier);
  }

  /** The task that the running code belongs to, of whatever tracker shares the carrier. */
  current(): TaskRecord | undefined {
    if (this.#storage !== undefined) return this.#storage.getStore() as TaskRecord | undefined;
    const task = this.#carrier?.current();
    return task instanceof TaskRecord ? task : undefined;
  }

  /** Calls a body with everything around it, once, synchronously; gives and throws what the body does. */
  call(record: TaskRecord, body: Callable, self: unknown, args: readonly unknown[]): unknown {
    if (tasksAreTraced()) return this.#callTraced(record, body, self, args);
    return this.#callInside(record, body, self, args);
  }

  /** {@link call}, for a body that takes its context and nothing else. */
  callWith<Context>(record: TaskRecord, body: (context: Context) => unknown, context: Context): unknown {
    // As it is, where it can be: a list of arguments and a call by reflection are a good part of what this takes.
    return this.areEmpty ? body(context) : this.call(record, body, undefined, [context]);
  }

  /** Innermost, so that whoever traces finds what is current in the body. */
  #callTraced(record: TaskRecord, body: Callable, self: unknown, args: readonly unknown[]): unknown {
    const traced = (): unknown => callTraced(record, () => apply(body, self, args));
    return this.#callInside(record, traced, undefined, []);
  }

  #callInside(record: TaskRecord, body: Callable, self: unknown, args: readonly unknown[]): unknown {
    if (this.#carrier === undefined && this.#host.aroundHooks.isEmpty) {
      if (this.#storage === undefined) return apply(body, self, args);
      return this.#storage.run(record, apply, body, self, args);
    }
    return this.#callGuarded(record, body, self, args);
  }

  /** Calls `body` as if from inside the task, without plugins around it. `body` must not throw. */
  runInside(record: TaskRecord, body: () => void): void {
    if (this.#carrier !== undefined) this.#carrier.run(record, body);
    else if (this.#storage !== undefined) this.#storage.run(record, body);
    else body();
  }

  /** Calls `body` outside any task, as what is shared between tasks must be. */
  runOutside(body: () => void): void {
    outside.runInAsyncScope(body);
  }

  #callGuarded(record: TaskRecord, body: Callable, self: unknown, args: readonly unknown[]): unknown {
    let hasRun = false;
    let hasThrown = false;
    let result: unknown;
    const runBody = (): void => {
      if (hasRun) return;
      hasRun = true;
      try {
        result = apply(body, self, args);
      } catch (error) {
        hasThrown = true;
        result = error;
      }
    };
    try {
      if (this.#host.aroundHooks.isEmpty) this.runInside(record, runBody);
      else
        this.#host.around(record, () => {
          this.runInside(record, runBody);
          runBody();
        });
    } catch {
      // Trouble of what stands around the body, for the body throws nothing: it is called all the same.
    }
    runBody();
    if (hasThrown) throw result;
    return result;
  }
}

/** Any function, as far as calling it goes. */
export type Callable = (...args: never[]) => unknown;

const apply = Reflect.apply as (body: Callable, self: unknown, args: readonly unknown[]) => unknown;
