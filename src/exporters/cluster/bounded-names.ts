import { OTHER_NAME } from "../../metrics/index.ts";
import type { SeriesSnapshot } from "../../stats/index.ts";

/** The error type of what has no place of its own. */
const OTHER_ERROR_TYPE = "_OTHER";

const MAX_SERIES = 10_000;
const MAX_ERROR_TYPES = 20;
const MAX_LABELS = 1_000;

/**
 * Bounds how many series all members together may bring, as a tracker bounds its own. Who has a place keeps it, so that a
 * series never moves from one name to another, which would let its counters go backwards.
 */
export class BoundedNames {
  readonly #series = new Map<string, Set<string>>();
  readonly #types = new Set<string>();
  readonly #labels = new Set<string>();

  /** The series under the name that it has in the sum, its error types bounded too. */
  place(series: SeriesSnapshot): SeriesSnapshot {
    const { type, name } = this.#placeOf(series.type, series.name);
    const errorTypes = this.#series.get(keyOf(type, name)) ?? new Set<string>();
    this.#series.set(keyOf(type, name), errorTypes);
    this.#types.add(type);
    const errors = new Map<string, number>();
    for (const [errorType, count] of series.errors) {
      const label =
        errorTypes.has(errorType) || errorTypes.size < MAX_ERROR_TYPES ? errorType : OTHER_ERROR_TYPE;
      errorTypes.add(label);
      errors.set(label, (errors.get(label) ?? 0) + count);
    }
    return { ...series, type, name, errors };
  }

  /** Whether a label of something else than a series (a plugin, a subscriber) has a place; it gets one while there are any. */
  admits(label: string): boolean {
    if (this.#labels.has(label)) return true;
    if (this.#labels.size >= MAX_LABELS) return false;
    this.#labels.add(label);
    return true;
  }

  #placeOf(type: string, name: string): { readonly type: string; readonly name: string } {
    if (this.#series.has(keyOf(type, name)) || this.#series.size < MAX_SERIES) return { type, name };
    return { type: this.#types.has(type) ? type : OTHER_NAME, name: OTHER_NAME };
  }
}

function keyOf(type: string, name: string): string {
  return JSON.stringify([type, name]);
}
