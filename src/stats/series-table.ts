import { OTHER_NAME } from "../metrics/index.ts";
import type { SeriesStats } from "./series-stats.ts";

/**
 * Finds the series of a type and name, and bounds how many there are: beyond `maxSeries` the tasks of a new name are
 * counted under {@link OTHER_NAME} of their type, and those of a new type under that name as a type too.
 */
export class SeriesTable<S extends SeriesStats> {
  readonly #create: (type: string, name: string) => S;
  readonly #onOverflow: () => void;
  readonly #byType = new Map<string, Map<string, S>>();
  readonly #all: S[] = [];
  readonly #overflow: S[] = [];
  #maxSeries: number;

  constructor(maxSeries: number, create: (type: string, name: string) => S, onOverflow: () => void) {
    this.#maxSeries = maxSeries;
    this.#create = create;
    this.#onOverflow = onOverflow;
  }

  /** Every series, overflow included, in the order of their first use. */
  get all(): readonly S[] {
    return this.#all;
  }

  resolve(type: string, name: string): S {
    const known = this.#byType.get(type)?.get(name);
    if (known !== undefined) return known;
    if (this.#all.length - this.#overflow.length < this.#maxSeries) return this.#add(type, name);
    const overflowType = this.#byType.has(type) ? type : OTHER_NAME;
    return this.#byType.get(overflowType)?.get(OTHER_NAME) ?? this.#addOverflow(overflowType);
  }

  /** Tasks that were counted in an overflow series. */
  get overflowed(): number {
    let sum = 0;
    for (const series of this.#overflow) sum += series.spawned;
    return sum;
  }

  #add(type: string, name: string): S {
    const series = this.#create(type, name);
    let byName = this.#byType.get(type);
    if (byName === undefined) this.#byType.set(type, (byName = new Map()));
    byName.set(name, series);
    this.#all.push(series);
    return series;
  }

  #addOverflow(type: string): S {
    const series = this.#add(type, OTHER_NAME);
    if (this.#overflow.push(series) === 1) this.#onOverflow();
    return series;
  }
}
