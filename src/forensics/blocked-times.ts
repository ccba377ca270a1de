import { OTHER_NAME } from "../metrics/index.ts";
import type { EventSubject } from "../plugin/index.ts";
import type { MetricReading } from "../stats/index.ts";

/** No task of the tracker was current. */
export const NO_TASK = "__none__";
/** Nobody could look. */
export const UNKNOWN_TASK = "__unknown__";
/** How many pairs of type and name are counted apart; further ones are counted together as `__other__`. */
const MAX_SERIES = 900;

/** How long the loop was blocked, by the series of the task that held it. */
export class BlockedTimes {
  readonly #byType = new Map<string, Map<string, number>>();
  #series = 0;

  /** Makes the values that are about no task stand at 0, so that their first rise is seen. */
  expectTimesOfNobody(): void {
    this.add(labelsOf(NO_TASK), 0);
    this.add(labelsOf(UNKNOWN_TASK), 0);
  }

  add(labels: EventSubject["labels"], blockedMs: number): void {
    const isKnown = this.#byType.get(labels.task_type)?.has(labels.task_name) === true;
    const { task_type: type, task_name: name } =
      isKnown || this.#series < MAX_SERIES ? labels : labelsOf(OTHER_NAME);
    let ofType = this.#byType.get(type);
    if (ofType === undefined) this.#byType.set(type, (ofType = new Map<string, number>()));
    const before = ofType.get(name);
    if (before === undefined) this.#series += 1;
    ofType.set(name, (before ?? 0) + blockedMs);
  }

  *readings(): IterableIterator<MetricReading> {
    for (const [task_type, ofType] of this.#byType) {
      for (const [task_name, ms] of ofType) {
        yield { metric: "loopBlocked", labels: { task_type, task_name }, value: ms / 1_000 };
      }
    }
  }
}

/** The labels of time that belongs to no series. */
export function labelsOf(nobody: string): EventSubject["labels"] {
  return { task_type: nobody, task_name: nobody };
}
