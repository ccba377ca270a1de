import { metricFamilies } from "../../plugin/index.ts";
import { toHrTime, toMetricData } from "./metric-data.ts";
import type {
  OtelCollectionResult,
  OtelMetricData,
  OtelMetricProducer,
  OtelResource,
} from "./metric-model.ts";
import type { StatsSources } from "./stats-sources.ts";
import { SCOPE_NAME } from "./tracer-source.ts";

/** Reads the trackers of one plugin at collection time. */
export class StatsProducer implements OtelMetricProducer {
  readonly #sources: StatsSources;

  constructor(sources: StatsSources) {
    this.#sources = sources;
  }

  collect(): Promise<OtelCollectionResult> {
    const errors: unknown[] = [];
    const metrics: OtelMetricData[] = [];
    let version = "";
    try {
      const endTime = toHrTime(Date.now());
      for (const group of this.#sources.read(errors)) {
        ({ version } = group);
        const startTime = toHrTime(group.sinceMs);
        for (const family of metricFamilies(group.prefix, group.snapshots)) {
          if (family.samples.length > 0) metrics.push(toMetricData(family, startTime, endTime));
        }
      }
    } catch (error) {
      errors.push(error);
    }
    const scopeMetrics = metrics.length === 0 ? [] : [{ scope: { name: SCOPE_NAME, version }, metrics }];
    return Promise.resolve({ resourceMetrics: { resource: noResource, scopeMetrics }, errors });
  }
}

/** Stands where a resource must: readers take the SDK's own. */
const noResource: OtelResource = {
  attributes: {},
  merge: <T>(other: T | null): T => (other ?? noResource) as T,
  getRawAttributes: () => [],
};
