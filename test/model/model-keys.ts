import { goesBefore } from "./model-task.ts";
import type { ModelTask } from "./model-task.ts";

/** Who has which key, and who waits for it. */
export class ModelKeys {
  readonly #holders = new Map<string, ModelTask>();
  readonly #waiting: ModelTask[] = [];

  holderOf(key: string | undefined): ModelTask | undefined {
    return key === undefined ? undefined : this.#holders.get(key);
  }

  waitingFor(key: string): readonly ModelTask[] {
    return this.#waiting.filter((task) => task.plan.key === key);
  }

  /** Who goes next of those that wait for a key. */
  nextFor(key: string | undefined): ModelTask | undefined {
    return key === undefined ? undefined : this.waitingFor(key).toSorted(goesBefore)[0];
  }

  take(key: string, task: ModelTask): void {
    this.#holders.set(key, task);
  }

  wait(task: ModelTask): void {
    this.#waiting.push(task);
  }

  leave(task: ModelTask): void {
    const index = this.#waiting.indexOf(task);
    if (index >= 0) this.#waiting.splice(index, 1);
  }

  /** Gives who has the key next, if `task` had it and somebody waits. */
  release(task: ModelTask): ModelTask | undefined {
    const { key } = task.plan;
    if (key === undefined || this.#holders.get(key) !== task) return undefined;
    this.#holders.delete(key);
    const next = this.waitingFor(key).toSorted(goesBefore)[0];
    if (next === undefined) return undefined;
    this.leave(next);
    this.#holders.set(key, next);
    return next;
  }
}
