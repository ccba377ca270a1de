import { addAbortListener } from "node:events";
import { cancelTask } from "./cancel.ts";
import type { TaskRecord } from "./task-record.ts";

interface Listening {
  readonly tasks: Set<TaskRecord>;
  readonly listener: Disposable;
}

/**
 * Cancels tasks when the signals they were given abort. One listener per signal, however many tasks share it, and
 * none once they have all ended: a signal that outlives them holds nothing of ours.
 */
export class SignalHub {
  readonly #listening = new Map<AbortSignal, Listening>();

  add(signal: AbortSignal, task: TaskRecord): void {
    let listening = this.#listening.get(signal);
    if (listening === undefined) {
      const tasks = new Set<TaskRecord>();
      listening = { tasks, listener: addAbortListener(signal, () => this.#aborted(signal, tasks)) };
      this.#listening.set(signal, listening);
    }
    listening.tasks.add(task);
  }

  remove(signal: AbortSignal, task: TaskRecord): void {
    const listening = this.#listening.get(signal);
    if (listening === undefined || !listening.tasks.delete(task) || listening.tasks.size > 0) return;
    this.#listening.delete(signal);
    listening.listener[Symbol.dispose]();
  }

  #aborted(signal: AbortSignal, tasks: ReadonlySet<TaskRecord>): void {
    for (const task of Array.from(tasks)) cancelTask(task, "signal", signal.reason);
  }
}
