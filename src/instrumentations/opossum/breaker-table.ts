import { InvalidOptionError } from "../../errors/index.ts";
import { OTHER_NAME } from "../../metrics/index.ts";
import type { AdmissionRequest, Refusal } from "../../plugin/index.ts";
import type { MetricReading } from "../../stats/index.ts";
import { breakerStates } from "./breaker.ts";
import type { WatchedBreaker } from "./watched-breaker.ts";

/** The label of all breakers that are shown together. */

const nobody: readonly WatchedBreaker[] = [];

/** The breakers of a plugin, found by name, and by the tasks that they cover in a time that does not grow with them. */
export class BreakerTable {
  readonly #maxNames: number;
  readonly #all = new Map<string, WatchedBreaker>();
  readonly #byType = new Map<string, readonly WatchedBreaker[]>();
  readonly #byName = new Map<string, readonly WatchedBreaker[]>();

  constructor(maxNames: number) {
    this.#maxNames = maxNames;
  }

  get all(): Iterable<WatchedBreaker> {
    return this.#all.values();
  }

  /** Whether any covers tasks. */
  get coversTasks(): boolean {
    return this.#byType.size + this.#byName.size > 0;
  }

  add(breaker: WatchedBreaker): void {
    const { name, selection } = breaker;
    this.#all.set(name, breaker);
    for (const type of selection.types ?? []) {
      this.#byType.set(type, [...(this.#byType.get(type) ?? nobody), breaker]);
    }
    if (selection.types !== undefined) return;
    for (const taskName of selection.names ?? []) {
      this.#byName.set(taskName, [...(this.#byName.get(taskName) ?? nobody), breaker]);
    }
  }

  /** Throws when there is a breaker of that name. `option` names the place. */
  refuseTaken(option: string, name: string): void {
    if (this.#all.has(name)) throw new InvalidOptionError(option, name, "a name that no other breaker has");
  }

  remove(breaker: WatchedBreaker): void {
    if (this.#all.get(breaker.name) !== breaker) return;
    this.#all.delete(breaker.name);
    for (const index of [this.#byType, this.#byName]) {
      for (const [key, breakers] of index) {
        const others = breakers.filter((each) => each !== breaker);
        if (others.length === 0) index.delete(key);
        else if (others.length < breakers.length) index.set(key, others);
      }
    }
  }

  /** The breakers that cover a task. */
  covering(task: AdmissionRequest): readonly WatchedBreaker[] {
    const byType = this.#byType.get(task.type);
    const byName = this.#byName.get(task.name);
    if (byType === undefined) return byName ?? nobody;
    const ofType = byType.every((each) => each.covers(task))
      ? byType
      : byType.filter((each) => each.covers(task));
    return byName === undefined ? ofType : [...ofType, ...byName];
  }

  /** Why a task is refused: what the first says that refuses it. */
  refusalOf(task: AdmissionRequest): Refusal | undefined {
    for (const breaker of this.covering(task)) {
      const { refusal } = breaker;
      if (refusal !== undefined) return refusal;
    }
    return undefined;
  }

  /** A value for each breaker and state: 1 for the state it is in; of those beyond the cap, how many are in each. */
  *readings(): IterableIterator<MetricReading> {
    const others = { closed: 0, open: 0, half_open: 0 };
    let shown = 0;
    for (const { name, state: current } of this.#all.values()) {
      if (++shown > this.#maxNames) others[current] += 1;
      else for (const state of breakerStates) yield readingOf(name, state, state === current ? 1 : 0);
    }
    if (shown <= this.#maxNames) return;
    for (const state of breakerStates) yield readingOf(OTHER_NAME, state, others[state]);
  }
}

function readingOf(breaker: string, state: string, value: number): MetricReading {
  return { metric: "breakerState", labels: { breaker, state }, value };
}
