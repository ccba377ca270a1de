import { InvalidOptionError, checkCount, checkWaitMs } from "../errors/index.ts";
import { version } from "../internal/index.ts";
import type { HookTask, Plugin, TaskSlot, TrackerView } from "../plugin/index.ts";
import { summariseSeries } from "../stats/index.ts";
import type { TrackerStats } from "../stats/index.ts";
import { functionName } from "../task/index.ts";
import type { TaskHandle, TaskInfo } from "../task/index.ts";
import { cancelTask } from "./cancel.ts";
import { Machine } from "./machine.ts";
import { handleOf } from "./record-handle.ts";
import { PLUGIN_BOUND_MS, shutdownMachine } from "./shutdown.ts";
import type { ShutdownOptions, ShutdownResult } from "./shutdown.ts";
import type { TaskBody, TaskSpec } from "./task-context.ts";
import type { ObserveOptions, WrapOptions } from "./task-options.ts";
import { infoOf, selectTasks } from "./task-queries.ts";
import type { TaskFilter } from "./task-queries.ts";
import { TaskRecord } from "./task-record.ts";
import { ObservedSpec } from "./task-spec.ts";
import { trackPromise } from "./track-promise.ts";
import { readTrackerOptions } from "./tracker-options.ts";
import type { ResolvedOptions, TrackerOptions } from "./tracker-options.ts";
import type { Callable } from "./surroundings.ts";
import { wrapFunction } from "./wrap.ts";
import { wrapManaged } from "./wrap-managed.ts";

/**
 * Follows tasks from spawn to outcome. `wrap` and `track` observe: they never delay, refuse, repeat or end anything.
 * `run` and `spawn` manage: they apply policy. Made by `createTracker`.
 */
export class Tracker implements AsyncDisposable {
  readonly #machine: Machine;
  readonly #prefix: string;
  #slots = 0;
  #ready: Promise<void> = Promise.resolve();
  #shutdown: Promise<ShutdownResult> | undefined;

  constructor({ prefix, plugins, ...options }: ResolvedOptions) {
    this.#machine = new Machine({ prefix, plugins, ...options });
    this.#prefix = prefix;
    const view = this.#view();
    try {
      for (const plugin of plugins) this.#machine.host.install(plugin, view);
    } catch (error) {
      void this.#machine.host.shutdown(PLUGIN_BOUND_MS);
      this.#machine.surroundings.close();
      throw error;
    }
    this.#machine.surroundings.fix();
    this.#ready = this.#machine.host.start();
    this.#ready.catch(() => {});
  }

  /** Settles when all plugins have started; rejects with what the first failing one rejects with. */
  get ready(): Promise<void> {
    return this.#ready;
  }

  /**
   * Gives `fn` back as a function whose every call is an observed task. Value, error, `this`, arguments, name, length
   * and synchronous start stay; a promise comes back as a native promise, derived by one `then`. The name of the
   * tasks is the function's, unless options say otherwise.
   */
  wrap<F extends Callable>(fn: F): F;
  wrap<F extends Callable>(spec: string | WrapOptions, fn: F): F;
  wrap<F extends Callable>(specOrFn: string | WrapOptions | F, maybeFn?: F): F {
    const fn = maybeFn ?? specOrFn;
    if (typeof fn !== "function") throw new InvalidOptionError("fn", fn, "a function");
    if (isClass(fn)) throw new InvalidOptionError("fn", fn, "a function, not a class");
    const spec = this.#machine.specs.wrapped(maybeFn === undefined ? undefined : specOrFn, functionName(fn));
    return spec instanceof ObservedSpec
      ? wrapFunction(this.#machine, spec, fn)
      : wrapManaged(this.#machine, spec, fn);
  }

  /**
   * Follows a promise that already runs. The promise's own behaviour stays, down to the unhandled rejection of one that
   * is forgotten. Another thenable is adopted: its `then` is called once.
   */
  track(
    spec: string | (ObserveOptions & { readonly name: string }),
    promise: PromiseLike<unknown>,
  ): TaskHandle {
    return trackPromise(this.#machine, this.#machine.specs.observed(spec), promise);
  }

  /**
   * Runs a managed task: starts it in this call, gives its value, throws what its body throws. Rejects with
   * `TaskTimeoutError`, `TaskCancelledError` or `TaskRejectedError` when policy ends or refuses it. Never throws.
   */
  run<T>(spec: TaskSpec, body: TaskBody<T>): Promise<T> {
    return this.#machine.run(spec, body) as Promise<T>;
  }

  /**
   * Starts a managed task in the background and gives its handle at once: the body starts after this call has
   * returned, first in first out, in the async context of the call. Throws `TaskRejectedError` when it is refused.
   */
  spawn<T>(spec: TaskSpec, body: TaskBody<T>): TaskHandle<T> {
    return this.#machine.spawn(spec, body) as TaskHandle<T>;
  }

  /** The handle of a live task, or of one that is kept after its end. */
  get(id: number): TaskHandle | undefined {
    const record = this.#machine.find(checkCount("id", id, 1));
    return record === undefined ? undefined : handleOf(record);
  }

  /** Pictures of the live and retained tasks that the filter lets through, oldest first. */
  list(filter?: TaskFilter): TaskInfo[] {
    this.#machine.wallClock.synchronise();
    return selectTasks(this.#machine, filter, false).map((record) => infoOf(this.#machine, record));
  }

  /** How many live and retained tasks the filter lets through. */
  count(filter?: TaskFilter): number {
    return selectTasks(this.#machine, filter, false).length;
  }

  /** The counts, in total, by type and by series. A pure read. */
  stats(): TrackerStats {
    this.#machine.lifecycle.endOverdue();
    return summariseSeries(this.#machine.series.all);
  }

  /** Cancels a live task. Gives whether there was one. */
  cancel(id: number, reason?: unknown): boolean {
    const record = this.#machine.find(checkCount("id", id, 1));
    return record !== undefined && cancelTask(record, "request", reason);
  }

  /** Cancels the live tasks that the filter lets through. Gives how many. */
  cancelWhere(filter: TaskFilter, reason?: unknown): number {
    let cancelled = 0;
    for (const record of selectTasks(this.#machine, filter, true)) {
      if (cancelTask(record, "request", reason)) cancelled += 1;
    }
    return cancelled;
  }

  /** Drops retained tasks that ended `olderThanMs` milliseconds ago or longer. Gives how many. */
  sweep(olderThanMs: number): number {
    return this.#machine.finished.sweep(checkWaitMs("olderThanMs", olderThanMs));
  }

  /** Adds a plugin. Gives a function that removes it again and settles when its teardown has. */
  use(plugin: Plugin): () => Promise<void> {
    const remove = this.#machine.host.install(plugin, this.#view());
    this.#ready = this.#ready.then(() => plugin.start?.());
    this.#ready.catch(() => {});
    return remove;
  }

  /**
   * Ends the tracker in order. New managed roots are refused from here on; children of live tasks and wrapped
   * functions go on. Gives the same promise when called again.
   */
  shutdown(options?: ShutdownOptions): Promise<ShutdownResult> {
    return (this.#shutdown ??= shutdownMachine(this.#machine, options));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.shutdown();
  }

  #view(): TrackerView {
    const machine = this.#machine;
    return {
      prefix: this.#prefix,
      version,
      diag: machine.diag,
      stats: () => machine.snapshot(),
      tasks: () => {
        machine.wallClock.synchronise();
        return selectTasks(machine, undefined, true).map((record) => infoOf(machine, record));
      },
      slot: <T>(): TaskSlot<T> => makeSlot<T>(this.#slots++),
      provideCarrier: (carrier) => machine.surroundings.offer(carrier),
      track: (name, promise) => void this.track(name, promise),
      cancel: (id, reason) => this.cancel(id, reason),
    };
  }
}

/** Makes a tracker. Throws an `InvalidOptionError` that names a bad option, or what a plugin's `setup` throws. */
export function createTracker(options?: TrackerOptions): Tracker {
  return new Tracker(readTrackerOptions(options));
}

function makeSlot<T>(index: number): TaskSlot<T> {
  return {
    get: (task: HookTask) =>
      task instanceof TaskRecord ? (task.extra?.slots?.[index] as T | undefined) : undefined,
    set: (task: HookTask, value: T) => {
      if (task instanceof TaskRecord) (task.needExtra().slots ??= [])[index] = value;
    },
  };
}

function isClass(fn: Callable): boolean {
  // A method may be named `class`, but has no `prototype`.
  return /^class(?=[\s{/])/.test(Function.prototype.toString.call(fn)) && Object.hasOwn(fn, "prototype");
}
