import type { HrTime } from "@opentelemetry/api";
import { metricFamilies } from "../../plugin/index.ts";
import type { MetricFamily } from "../../plugin/index.ts";
import type { StatsSnapshot } from "../../stats/index.ts";
import { DeltaMemory } from "./delta-memory.ts";
import type { LeftTrackers } from "./left-trackers.ts";
import { toHrTime, toMetricData } from "./metric-data.ts";
import type {
  OtelCollectionResult,
  OtelMetricData,
  OtelMetricProducer,
  OtelResource,
  OtelTemporality,
} from "./metric-model.ts";
import type { StatsGroup } from "./stats-group.ts";
import type { StatsSources } from "./stats-sources.ts";
import type { Switches } from "./switches.ts";
import { SCOPE_NAME } from "./tracer-source.ts";

interface ReadGroup extends StatsGroup {
  readonly leftSnapshots: readonly StatsSnapshot[];
}

/** Reads the trackers of one plugin at collection time. */
export class StatsProducer implements OtelMetricProducer {
  readonly #sources: StatsSources;
  readonly #switches: Switches;
  /** For deltas: what was read last, and when, by prefix. */
  readonly #memory: DeltaMemory | undefined;
  readonly #readLast = new Map<string, HrTime>();
  readonly #left: LeftTrackers | undefined;

  constructor(sources: StatsSources, switches: Switches, temporality: OtelTemporality) {
    this.#sources = sources;
    this.#switches = switches;
    this.#memory = temporality === "delta" ? new DeltaMemory() : undefined;
    this.#left = temporality === "delta" ? sources.watchLeaving() : undefined;
  }

  collect(): Promise<OtelCollectionResult> {
    const errors: unknown[] = [];
    const metrics: OtelMetricData[] = [];
    let version = "";
    try {
      const endTime = toHrTime(Date.now());
      for (const group of this.#switches.metrics ? this.#groups(errors) : []) {
        ({ version } = group);
        const startTime = toHrTime(group.sinceMs);
        const deltaStart = this.#readLast.get(group.prefix) ?? startTime;
        if (this.#memory !== undefined) this.#readLast.set(group.prefix, endTime);
        for (const family of this.#read(group)) {
          if (family.samples.length === 0) continue;
          const isDelta = this.#memory !== undefined && family.row.type !== "gauge";
          metrics.push(toMetricData(family, isDelta, isDelta ? deltaStart : startTime, endTime));
        }
      }
    } catch (error) {
      errors.push(error);
    }
    const scopeMetrics = metrics.length === 0 ? [] : [{ scope: { name: SCOPE_NAME, version }, metrics }];
    return Promise.resolve({ resourceMetrics: { resource: noResource, scopeMetrics }, errors });
  }

  /** The trackers that are there; for deltas, with those that have left since the last reading. */
  #groups(errors: unknown[]): readonly ReadGroup[] {
    const left = this.#left?.take() ?? new Map<string, StatsGroup>();
    const groups = this.#sources.read(errors).map((group): ReadGroup => {
      const leftSnapshots = left.get(group.prefix)?.snapshots ?? [];
      left.delete(group.prefix);
      return { ...group, leftSnapshots };
    });
    const gone = Array.from(left.values(), (group) => ({
      ...group,
      snapshots: [],
      leftSnapshots: group.snapshots,
    }));
    return [...groups, ...gone];
  }

  #read({ prefix, snapshots, leftSnapshots }: ReadGroup): readonly MetricFamily[] {
    const families = metricFamilies(prefix, snapshots);
    const memory = this.#memory;
    if (memory === undefined) return families;
    const all =
      leftSnapshots.length === 0 ? families : metricFamilies(prefix, [...snapshots, ...leftSnapshots]);
    return families.map((family, index) => memory.subtract(all[index] ?? family, family));
  }
}

/** Stands where a resource must: readers take the SDK's own. */
const noResource: OtelResource = {
  attributes: {},
  merge: <T>(other: T | null): T => (other ?? noResource) as T,
  getRawAttributes: () => [],
};
