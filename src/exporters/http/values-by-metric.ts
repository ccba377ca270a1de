import { metrics } from "../../metrics/index.ts";
import type { MetricKey } from "../../metrics/index.ts";
import { mergeValues } from "../../plugin/index.ts";
import type { MetricValue } from "../../plugin/index.ts";

/** The values of one metric in the order in which they came, and the labels of each as text. */
export interface ListedValues {
  readonly labels: string[];
  readonly values: MetricValue[];
}

interface Gathered extends ListedValues {
  /** Where the value of certain labels stands, if such values are to become one. */
  readonly places: Map<string, number> | undefined;
}

/** Gathers values by their metric. `isMerged`: values of one metric with the same labels become one, by its merge rule. */
export class ValuesByMetric {
  readonly #isMerged: boolean;
  readonly #byKey = new Map<MetricKey, Gathered>();

  constructor(isMerged: boolean) {
    this.#isMerged = isMerged;
  }

  add(key: MetricKey, labels: string, value: MetricValue): void {
    let gathered = this.#byKey.get(key);
    if (gathered === undefined) {
      gathered = { labels: [], values: [], places: this.#isMerged ? new Map() : undefined };
      this.#byKey.set(key, gathered);
    }
    const { places, values } = gathered;
    const place = places?.get(labels);
    const other = place === undefined ? undefined : values[place];
    if (place !== undefined && other !== undefined) {
      values[place] = mergeValues(metrics[key], other, value);
      return;
    }
    places?.set(labels, values.length);
    gathered.labels.push(labels);
    values.push(value);
  }

  /** `undefined` where there is none. */
  of(key: MetricKey): ListedValues | undefined {
    return this.#byKey.get(key);
  }
}
