import { AsyncResource } from "node:async_hooks";
import { InvalidOptionError } from "../../errors/index.ts";
import type { Plugin, PluginContext, Teardown } from "../../plugin/index.ts";
import { BreakerTable } from "./breaker-table.ts";
import { isBreaker } from "./breaker.ts";
import type { Breaker, TaskBreaker } from "./breaker.ts";
import { loadOpossum } from "./load-opossum.ts";
import { readMaxNames, readProtectOptions, readWatchOptions } from "./options.ts";
import type { CircuitBreakersOptions, ProtectOptions, WatchOptions } from "./options.ts";
import { WatchedBreaker } from "./watched-breaker.ts";
import type { Teach } from "./watched-breaker.ts";

/** The plugin that {@link circuitBreakers} makes. Both methods may be called before and after a tracker has it. */
export interface CircuitBreakersPlugin extends Plugin {
  /**
   * Makes a breaker for managed tasks: their outcomes open and close it, and while it is open they are refused. A failed
   * attempt is a failure, a timeout included; a cancelled one counts for nothing. Gives the `CircuitBreaker` of opossum,
   * which lasts until its `shutdown()`. Throws `TASKSCOPE_MISSING_PACKAGE` where opossum is not installed.
   */
  protect(options: ProtectOptions): TaskBreaker;
  /**
   * Takes in a breaker that has an action of its own, and goes on learning from its own calls. It is shown, and the tasks
   * of the selection, in which it is fired, are refused while it is open. Gives a function that lets go of it.
   */
  watch(breaker: Breaker, options?: WatchOptions): () => void;
}

/**
 * Joins circuit breakers of opossum to trackers: an open breaker refuses managed tasks with a `TaskRejectedError` whose
 * `reason` is `breaker_open`, before they exist; its state is the metric `taskscope_breaker_state`, and each change an
 * event of the kind `breaker`. Observed tasks are left alone. Where several breakers cover a task, each can refuse it and
 * each learns from it; trackers that share the plugin share the breakers, and each announces their changes.
 *
 * ```ts
 * const breakers = circuitBreakers();
 * breakers.protect({ name: "payments", taskType: "payments", volumeThreshold: 10 });
 * const tasks = createTracker({ types: { payments: { timeoutMs: 5_000 } }, plugins: [breakers] });
 * ```
 */
export function circuitBreakers(options: CircuitBreakersOptions = {}): CircuitBreakersPlugin {
  return new CircuitBreakers(readMaxNames(options));
}

/** The action of the breakers of `protect`: it takes how a task ended, and ends so itself. */
function endAlike(isFailure: boolean, error: unknown): true {
  if (isFailure) throw error;
  return true;
}

class CircuitBreakers implements CircuitBreakersPlugin {
  readonly name = "opossum";
  readonly #table: BreakerTable;
  /** The trackers that have the plugin, and whether it hears of their tasks. */
  readonly #listensTo = new Map<PluginContext, boolean>();
  /** Timers that a breaker starts must not belong to the task that opened it. */
  readonly #outside = new AsyncResource("taskscope:breakers");

  constructor(maxNames: number) {
    this.#table = new BreakerTable(maxNames);
  }

  setup(context: PluginContext): Teardown {
    this.#listensTo.set(context, false);
    if (this.#table.coversTasks) this.#listenTo(context);
    context.onAdmit((request) => this.#table.refusalOf(request));
    context.contributeMetrics(() => this.#table.readings());
    return () => {
      this.#listensTo.delete(context);
      for (const each of this.#table.all) each.forget(context);
    };
  }

  protect(options: ProtectOptions): TaskBreaker {
    const { name, types, names, isHarmless, settings } = readProtectOptions(options);
    this.#table.refuseTaken("protect.name", name);
    const Opossum = loadOpossum();
    const quiet = { timeout: false, enableSnapshots: false, rollingPercentilesEnabled: false };
    const breaker = this.#outside.runInAsyncScope(
      () => new Opossum(endAlike, { ...settings, ...quiet, name }),
    );
    let hasReported = false;
    const teach: Teach = (isFailure, error, { diag }) => {
      this.#outside.runInAsyncScope(() => {
        breaker.fire(isFailure, error).catch((thrown: unknown) => {
          if (Object.is(thrown, error) || hasReported) return;
          hasReported = true;
          diag.warn(`A listener of the circuit breaker ${JSON.stringify(name)} threw`, thrown);
        });
      });
    };
    this.#add(new WatchedBreaker(name, breaker, { types, names }, teach, isHarmless));
    return breaker;
  }

  watch(breaker: Breaker, options: WatchOptions = {}): () => void {
    if (!isBreaker(breaker) || breaker.isShutdown) {
      throw new InvalidOptionError("breaker", breaker, "a CircuitBreaker of opossum that was not shut down");
    }
    const { name, types, names } = readWatchOptions(options, breaker.name);
    this.#table.refuseTaken("watch.name", name);
    return this.#add(new WatchedBreaker(name, breaker, { types, names }));
  }

  #add(watched: WatchedBreaker): () => void {
    const letGo = (): void => {
      disconnect();
      this.#table.remove(watched);
    };
    const disconnect = watched.connect((name, from, to) => {
      for (const context of this.#listensTo.keys()) context.publish("breaker", name, { from, to });
    }, letGo);
    this.#table.add(watched);
    if (this.#table.coversTasks) for (const context of this.#listensTo.keys()) this.#listenTo(context);
    return letGo;
  }

  /** Late, because hearing of tasks costs the observed ones too. */
  #listenTo(context: PluginContext): void {
    if (this.#listensTo.get(context) !== false) return;
    this.#listensTo.set(context, true);
    context.onSpawn((task) => {
      if (!task.managed) return;
      for (const each of this.#table.covering(task)) each.spawned(task, context);
    });
    context.onAttemptEnd((task, end) => {
      if (!task.managed) return;
      for (const each of this.#table.covering(task)) each.attemptEnded(task, end, context);
    });
    context.onEnd((task, end) => {
      if (!task.managed) return;
      for (const each of this.#table.covering(task)) each.ended(task, end, context);
    });
  }
}
