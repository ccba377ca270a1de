import { metrics } from "../../metrics/index.ts";
import type { MetricKey } from "../../metrics/index.ts";
import { mergeValues } from "../../plugin/index.ts";
import type { MetricValue } from "../../plugin/index.ts";

/** The values of several trackers as those of one, by each metric's merge rule. */
export class MergedValues {
  readonly #byKey = new Map<MetricKey, Map<string, MetricValue>>();

  add(key: MetricKey, labels: string, value: MetricValue): void {
    let byLabels = this.#byKey.get(key);
    if (byLabels === undefined) this.#byKey.set(key, (byLabels = new Map<string, MetricValue>()));
    const other = byLabels.get(labels);
    byLabels.set(labels, other === undefined ? value : mergeValues(metrics[key], other, value));
  }

  *[Symbol.iterator](): Generator<[MetricKey, string, MetricValue], void> {
    for (const [key, byLabels] of this.#byKey)
      for (const [labels, value] of byLabels) yield [key, labels, value];
  }
}
