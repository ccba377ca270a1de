import { metrics } from "../../metrics/index.ts";
import type { MetricKey } from "../../metrics/index.ts";
import { mergeValues } from "../../plugin/index.ts";
import type { MetricValue } from "../../plugin/index.ts";

/** The values of one metric in the order in which they came, and the labels of each as text. */
export interface ListedValues {
  readonly labels: string[];
  readonly values: MetricValue[];
}

/** Gathers values by their metric. `isMerged`: values of one metric with the same labels become one, by its merge rule. */
export class ValuesByMetric {
  readonly #byKey = new Map<MetricKey, ListedValues>();
  /** Where the value of certain labels stands, by metric. */
  readonly #places: Map<MetricKey, Map<string, number>> | undefined;

  constructor(isMerged: boolean) {
    this.#places = isMerged ? new Map() : undefined;
  }

  add(key: MetricKey, labels: string, value: MetricValue): void {
    let listed = this.#byKey.get(key);
    if (listed === undefined) this.#byKey.set(key, (listed = { labels: [], values: [] }));
    if (this.#places !== undefined && this.#isMerged(this.#places, listed, key, labels, value)) return;
    listed.labels.push(labels);
    listed.values.push(value);
  }

  /** `undefined` where there is none. */
  of(key: MetricKey): ListedValues | undefined {
    return this.#byKey.get(key);
  }

  /** Adds the value to that of the same labels. Where there is none, notes the place that it will have. */
  #isMerged(
    places: Map<MetricKey, Map<string, number>>,
    { values }: ListedValues,
    key: MetricKey,
    labels: string,
    value: MetricValue,
  ): boolean {
    let ofMetric = places.get(key);
    if (ofMetric === undefined) places.set(key, (ofMetric = new Map<string, number>()));
    const place = ofMetric.get(labels);
    const other = place === undefined ? undefined : values[place];
    if (place === undefined || other === undefined) {
      ofMetric.set(labels, values.length);
      return false;
    }
    values[place] = mergeValues(metrics[key], other, value);
    return true;
  }
}
