import { checkCount, checkWaitMs, InvalidOptionError, TaskRejectedError } from "../errors/index.ts";
import type { OnEvent, SubscribeOptions } from "../events/index.ts";
import type { Plugin, TrackerView } from "../plugin/index.ts";
import type { GroupOptions } from "../policy/index.ts";
import { summariseSeries } from "../stats/index.ts";
import type { TrackerStats } from "../stats/index.ts";
import { functionName } from "../task/index.ts";
import type { TaskFilter, TaskHandle, TaskInfo, TaskTree } from "../task/index.ts";
import { cancelTask } from "./cancel.ts";
import { runChain } from "./chain.ts";
import type { Chain } from "./chain.ts";
import { Machine } from "./machine.ts";
import type { ManagedFunction } from "./managed-function.ts";
import { openTask } from "./open-task.ts";
import type { OpenTask } from "./open-task.ts";
import { startPeriodic } from "./periodic-task.ts";
import type { Periodic, PeriodicOptions } from "./periodic.ts";
import { handleOf } from "./record-handle.ts";
import { PLUGIN_BOUND_MS, shutdownMachine } from "./shutdown.ts";
import type { ShutdownOptions, ShutdownResult } from "./shutdown.ts";
import { listenForSignals } from "./shutdown-signals.ts";
import type { ShutdownOnSignalsOptions } from "./shutdown-signals.ts";
import type { TaskBody, TaskSpec } from "./task-context.ts";
import type { ManagedWrapOptions, ObserveOptions, WrapOptions } from "./task-options.ts";
import { infoOf, selectTasks } from "./task-queries.ts";
import type { TaskPredicate } from "./task-queries.ts";
import { ObservedSpec } from "./task-spec.ts";
import type { ManagedSpec } from "./task-spec.ts";
import { forestOf, treeOf } from "./task-tree.ts";
import { TaskGroup } from "./task-group.ts";
import { trackPromise } from "./track-promise.ts";
import { viewFor } from "./tracker-view.ts";
import { readTrackerOptions } from "./tracker-options.ts";
import type { ConfigureOptions, ResolvedOptions, TrackerOptions } from "./tracker-options.ts";
import type { Callable } from "./surroundings.ts";
import { waitForIdle } from "./when-idle.ts";
import type { WhenIdleOptions } from "./when-idle.ts";
import { wrapFunction } from "./wrap.ts";
import { wrapManaged } from "./wrap-managed.ts";

/**
 * Follows tasks from spawn to outcome. `wrap` and `track` observe: they never delay, refuse, repeat or end anything.
 * `run` and `spawn` manage: they apply policy. Made by `createTracker`.
 */
export class Tracker implements AsyncDisposable {
  readonly #machine: Machine;
  readonly #view: TrackerView;
  #ready: Promise<void> = Promise.resolve();
  #shutdown: Promise<ShutdownResult> | undefined;

  constructor({ prefix, plugins, ...options }: ResolvedOptions) {
    this.#machine = new Machine({ prefix, plugins, ...options });
    this.#view = viewFor(this.#machine, prefix, {
      track: (name, promise) => void this.track(name, promise),
      cancel: (id, reason) => this.cancel(id, reason),
      cancelWhere: (filter, reason) => this.cancelWhere(filter, reason),
    });
    try {
      for (const plugin of plugins) this.#machine.host.install(plugin, this.#view);
    } catch (error) {
      void this.#machine.host.shutdown(PLUGIN_BOUND_MS);
      this.#machine.surroundings.close();
      this.#machine.loop.close();
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
  /** With `managed: true` every call is a {@link run}: it always gives a promise, and policy may end or refuse it. */
  wrap<F extends Callable>(spec: ManagedWrapOptions, fn: F): ManagedFunction<F>;
  wrap<F extends Callable>(specOrFn: string | WrapOptions | ManagedWrapOptions | F, maybeFn?: F): unknown {
    const fn = maybeFn ?? specOrFn;
    if (typeof fn !== "function") throw new InvalidOptionError("fn", fn, "a function");
    if (isClass(fn)) throw new InvalidOptionError("fn", fn, "a function, not a class");
    const given = maybeFn === undefined ? undefined : specOrFn;
    const readSpec = (): ObservedSpec | ManagedSpec => this.#machine.specs.wrapped(given, functionName(fn));
    const spec = readSpec();
    return spec instanceof ObservedSpec
      ? wrapFunction(this.#machine, spec, fn)
      : wrapManaged(this.#machine, () => readSpec() as ManagedSpec, fn);
  }

  /**
   * Follows a promise that already runs. The promise's own behaviour stays, down to the unhandled rejection of one that
   * is forgotten. Another thenable is adopted: its `then` is called once.
   */
  track<T>(
    spec: string | (ObserveOptions & { readonly name: string }),
    promise: PromiseLike<T>,
  ): TaskHandle<T> {
    return trackPromise(this.#machine, this.#machine.specs.observed(spec), promise) as TaskHandle<T>;
  }

  /**
   * Opens an observed task for work that no promise describes: callbacks, streams, events. It is queued until its
   * `start`, and ends when its `complete`, `fail` or `cancel` says so.
   */
  open<T = unknown>(spec: string | (ObserveOptions & { readonly name: string })): OpenTask<T> {
    return openTask(this.#machine, this.#machine.specs.observed(spec)) as OpenTask<T>;
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

  /**
   * Makes a group of tasks that are supervised together, as Erlang/OTP's supervisors do it: see {@link TaskGroup}.
   */
  supervise(options: GroupOptions): TaskGroup {
    return new TaskGroup(this.#machine, options);
  }

  /** {@link spawn}, but gives `undefined` where that throws a `TaskRejectedError`. */
  trySpawn<T>(spec: TaskSpec, body: TaskBody<T>): TaskHandle<T> | undefined {
    try {
      return this.spawn(spec, body);
    } catch (error) {
      if (error instanceof TaskRejectedError) return undefined;
      throw error;
    }
  }

  /**
   * Runs `body` every `intervalMs` as a managed task: a root, outside the task and the async context of this call. Runs
   * stand on a grid from this call on, by the monotonic clock: a late one moves no other, and those missed while the
   * process was busy or asleep are counted as skipped. A run that fails is counted as a failed task and stops nothing.
   * Keeps the process running until it is cancelled or the tracker shuts down. Throws `TrackerClosedError` after that.
   */
  every(options: PeriodicOptions, body: TaskBody<unknown>): Periodic {
    return startPeriodic(this.#machine, options, body);
  }

  /**
   * Runs steps in order: `chain(spec, [first, second, …])`. One managed task, and each step a managed child of it, of type
   * general, named after the chain and the step's function or index. A step gets the value of the one before and its
   * `TaskContext`. Gives the last value; the first step that fails ends the chain with its error. Cancelling the chain
   * cancels the step that runs. Never throws.
   */
  get chain(): Chain {
    return ((spec: unknown, steps: unknown) => runChain(this.#machine, spec, steps)) as Chain;
  }

  /**
   * Changes policies and limits on the live tracker: those given take the place of what was, the others stay. They hold
   * for what is decided from now on; tasks that run beyond a lowered limit are left alone.
   */
  configure(options: ConfigureOptions): void {
    this.#machine.configure(options);
  }

  /**
   * How near the tracker, or one type, is to a limit, from 0 (nothing taken, or no limit) to 1 (the next task waits or is
   * refused): the greatest share of a slot limit or of the queue that is taken. For callers that would rather shed load.
   */
  pressure(type?: string): number {
    return this.#machine.admission.pressure(type);
  }

  /** The handle of a live task, or of one that is kept after its end. */
  get(id: number): TaskHandle | undefined {
    const record = this.#machine.find(checkCount("id", id, 1));
    return record === undefined ? undefined : handleOf(record);
  }

  /** Pictures of the live and retained tasks that the filter lets through, oldest first. */
  list(filter?: TaskFilter | TaskPredicate): TaskInfo[] {
    this.#machine.wallClock.synchronise();
    return selectTasks(this.#machine, filter, false).map((record) => infoOf(this.#machine, record));
  }

  /** How many live and retained tasks the filter lets through. */
  count(filter?: TaskFilter | TaskPredicate): number {
    return selectTasks(this.#machine, filter, false).length;
  }

  /** The live tasks as trees, oldest first; ended tasks that are retained stand in where live ones hang from them. */
  tree(): TaskTree[];
  /** One live or retained task with the tasks below it. */
  tree(id: number): TaskTree | undefined;
  tree(id?: number): TaskTree[] | TaskTree | undefined {
    return id === undefined ? forestOf(this.#machine) : treeOf(this.#machine, checkCount("id", id, 1));
  }

  /** The counts, in total, by type and by series. A pure read. */
  stats(): TrackerStats {
    this.#machine.lifecycle.endOverdue();
    return summariseSeries(this.#machine.series.all);
  }

  /** Cancels a live task. Gives whether there was one. */
  cancel(id: number, reason?: unknown): boolean {
    const record = this.#machine.find(checkCount("id", id, 1));
    return record !== undefined && cancelTask(record, "request", reason, true);
  }

  /**
   * Cancels the live tasks that the filter lets through. Gives how many. All are chosen before the first is cancelled: a
   * predicate that throws cancels none.
   */
  cancelWhere(filter: TaskFilter | TaskPredicate, reason?: unknown): number {
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

  /**
   * Hands every event from here on to `onEvent`: in order, one at a time, later than the event and outside any task, through
   * a bounded queue. Gives a function that ends that; shutdown hands over what waits, then ends it too. What `onEvent`
   * throws or rejects with is caught and reported. `onEvent` is told how many events were dropped before the one it gets.
   */
  subscribe(options: SubscribeOptions, onEvent: OnEvent): () => void {
    return this.#machine.events.subscribe(options, onEvent);
  }

  /** Adds a plugin. Gives a function that removes it again and settles when its teardown has. */
  use(plugin: Plugin): () => Promise<void> {
    const remove = this.#machine.host.install(plugin, this.#view);
    this.#ready = this.#ready.then(() => plugin.start?.());
    this.#ready.catch(() => {});
    return remove;
  }

  /**
   * Settles when no task is queued or running, at once if none is. Rejects with a `TaskTimeoutError` when `timeoutMs` have
   * passed, and with the signal's reason. A wait with a bound keeps the process running, one without does not.
   */
  whenIdle(options?: WhenIdleOptions): Promise<void> {
    return waitForIdle(this.#machine, options);
  }

  /**
   * Ends the tracker in order. New managed roots are refused from here on; children of live tasks and wrapped
   * functions go on. Gives the same promise when called again.
   */
  shutdown(options?: ShutdownOptions): Promise<ShutdownResult> {
    const shutdown = this.#shutdown ?? shutdownMachine(this.#machine, options);
    // Bad options have shut nothing down: the next call may.
    if (this.#machine.isClosing) this.#shutdown = shutdown;
    return shutdown;
  }

  /**
   * Shuts down on SIGTERM and SIGINT (or `signals`) and then exits the process with 128 + the number of the signal; on the
   * second signal it exits at once. Bodies that go on are named through `diag`. Where several trackers do so, the process
   * exits when all are done. Gives a function that takes the listeners off. They keep no process running.
   */
  shutdownOnSignals(options?: ShutdownOnSignalsOptions): () => void {
    const shutdown = (bounds: ShutdownOptions): Promise<ShutdownResult> => this.shutdown(bounds);
    return listenForSignals({ diag: this.#machine.diag, shutdown }, options);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.shutdown();
  }
}

/** Makes a tracker. Throws an `InvalidOptionError` that names a bad option, or what a plugin's `setup` throws. */
export function createTracker(options?: TrackerOptions): Tracker {
  return new Tracker(readTrackerOptions(options));
}

function isClass(fn: Callable): boolean {
  // A method may be named `class`, but has no `prototype`.
  return /^class(?=[\s{/])/.test(Function.prototype.toString.call(fn)) && Object.hasOwn(fn, "prototype");
}
