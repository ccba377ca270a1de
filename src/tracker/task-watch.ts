import { needStack } from "../internal/index.ts";
import type { ClockTimer } from "../internal/index.ts";
import { announceStuck } from "./stuck.ts";
import type { StuckMachine } from "./stuck.ts";
import { watched } from "./task-record.ts";
import type { Losable, TaskRecord } from "./task-record.ts";
import type { WatchedSeries } from "./task-series.ts";

/** What looking after tasks needs of a tracker. */
export interface WatchedMachine extends StuckMachine {
  readonly surroundings: { runOutside(body: () => void): void };
  readonly series: { readonly all: readonly (WatchedSeries<TaskRecord> & QueuedTasks)[] };
}

interface QueuedTasks {
  readonly queuedTasks: Iterable<TaskRecord>;
}

/**
 * Looks through the live tasks from time to time, so that no task pays for it: announces those that have become stuck,
 * and has those that are older than the time between two looks watched by the garbage collector. Until then a task holds
 * what alone can settle it (a promise, a generator, the handle of an opened task); from then on it does not, and when
 * that is collected the task is lost.
 *
 * Keeps neither the process running nor the tracker in memory.
 */
export class TaskWatch {
  readonly #machine: WatchedMachine;
  readonly #everyMs: number;
  readonly #collected = new FinalizationRegistry<Losable>((losable) => losable.lose());
  #timer: ClockTimer | undefined = undefined;
  #isClosed = false;

  /** `everyMs`: the time between two looks; `Infinity` for none. */
  constructor(machine: WatchedMachine, everyMs: number) {
    this.#machine = machine;
    this.#everyMs = everyMs;
  }

  /** Begins, if it has not. */
  start(): void {
    if (this.#timer === undefined && !this.#isClosed && this.#everyMs !== Number.POSITIVE_INFINITY)
      this.#arm();
  }

  /** Calls the watch off: it would hold the task for as long as what could settle it lives. */
  forget(losable: object): void {
    this.#collected.unregister(losable);
  }

  close(): void {
    this.#isClosed = true;
    this.#timer?.cancel();
  }

  #arm(): void {
    const { clock, surroundings } = this.#machine;
    const weakly = new WeakRef(this);
    // An overflow between entering and leaving an async scope makes Node abort the process.
    needStack("many");
    surroundings.runOutside(() => {
      this.#timer = clock.setTimer(() => weakly.deref()?.look(), this.#everyMs, false);
    });
  }

  /** Looks once, and is to look again. */
  look(): void {
    if (this.#isClosed) return;
    const machine = this.#machine;
    const bornBeforeMs = machine.clock.now() - this.#everyMs;
    for (const { runningTasks, queuedTasks } of machine.series.all) {
      for (const record of runningTasks) {
        if (record.startedMs > bornBeforeMs) break;
        this.#letCollectorWatch(record.extra?.managed?.attempt ?? record);
      }
      for (const record of queuedTasks) {
        if (record.spawnedMs > bornBeforeMs) break;
        this.#letCollectorWatch(record);
      }
    }
    announceStuck(machine);
    this.#arm();
  }

  #letCollectorWatch(losable: Losable): void {
    const { lifeline } = losable;
    if (typeof lifeline !== "object" || lifeline === watched) return;
    losable.lifeline = watched;
    this.#collected.register(lifeline, losable, losable);
  }
}
