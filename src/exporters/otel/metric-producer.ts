import type { HrTime } from "@opentelemetry/api";
import { metricFamilies } from "../../plugin/index.ts";
import { DeltaMemory } from "./delta-memory.ts";
import { toHrTime, toMetricData } from "./metric-data.ts";
import type {
  OtelCollectionResult,
  OtelMetricData,
  OtelMetricProducer,
  OtelResource,
  OtelTemporality,
} from "./metric-model.ts";
import type { StatsSources } from "./stats-sources.ts";
import type { Switches } from "./switches.ts";
import { SCOPE_NAME } from "./tracer-source.ts";

/** Reads the trackers of one plugin at collection time. */
export class StatsProducer implements OtelMetricProducer {
  readonly #sources: StatsSources;
  readonly #switches: Switches;
  /** For deltas: what was read last, and when, by prefix. */
  readonly #memory: DeltaMemory | undefined;
  readonly #readLast = new Map<string, HrTime>();

  constructor(sources: StatsSources, switches: Switches, temporality: OtelTemporality) {
    this.#sources = sources;
    this.#switches = switches;
    this.#memory = temporality === "delta" ? new DeltaMemory() : undefined;
  }

  collect(): Promise<OtelCollectionResult> {
    const errors: unknown[] = [];
    const metrics: OtelMetricData[] = [];
    let version = "";
    try {
      const endTime = toHrTime(Date.now());
      for (const group of this.#switches.metrics ? this.#sources.read(errors) : []) {
        ({ version } = group);
        const startTime = toHrTime(group.sinceMs);
        const deltaStart = this.#readLast.get(group.prefix) ?? startTime;
        if (this.#memory !== undefined) this.#readLast.set(group.prefix, endTime);
        for (const family of metricFamilies(group.prefix, group.snapshots)) {
          const read = this.#memory?.subtract(family) ?? family;
          if (read.samples.length === 0) continue;
          const isDelta = this.#memory !== undefined && family.row.type !== "gauge";
          metrics.push(toMetricData(read, isDelta, isDelta ? deltaStart : startTime, endTime));
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
