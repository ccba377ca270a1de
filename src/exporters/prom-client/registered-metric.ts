import type { Metric, Registry, RegistryContentType } from "prom-client";
import type { MetricRow } from "../../metrics/index.ts";
import type { MetricFamily, MetricSample } from "../../plugin/index.ts";
import type { Exemplar } from "../../stats/index.ts";

const OPENMETRICS_TYPE = "application/openmetrics-text";

/** A value as prom-client's registry reads it. `sharedLabels` are flattened once for all values that share the object. */
interface ReadValue {
  readonly metricName?: string;
  readonly labels: Readonly<Record<string, string | number>>;
  readonly sharedLabels?: Readonly<Record<string, string>>;
  readonly value: number;
  readonly exemplar?: ReadExemplar | undefined;
}

/** An exemplar as prom-client's registry reads it, which writes it in OpenMetrics mode. `timestamp` in seconds. */
interface ReadExemplar {
  readonly labelSet: Readonly<Record<string, string>>;
  readonly value: number;
  readonly timestamp: number;
}

/** A metric as prom-client's registry reads it. */
interface ReadMetric {
  readonly name: string;
  readonly help: string;
  readonly type: MetricRow["type"];
  readonly aggregator: MetricRow["merge"];
  readonly values: ReadValue[];
}

/**
 * One metric of the catalogue in a prom-client registry: a plain object that is asked for its values at each scrape,
 * so that a task costs nothing here. The registry calls `getForPromString` for text and `get` for JSON (clusters).
 */
export class RegisteredMetric {
  readonly help: string;
  readonly type: MetricRow["type"];
  readonly aggregator: MetricRow["merge"];
  readonly #name: string;
  readonly #registry: Registry<RegistryContentType>;
  readonly #read: () => MetricFamily | undefined;

  /** `read` gives the family as of the scrape that asks; it must not throw. */
  constructor(
    name: string,
    row: MetricRow,
    registry: Registry<RegistryContentType>,
    read: () => MetricFamily | undefined,
  ) {
    this.#name = name;
    this.help = row.help;
    this.type = row.type;
    this.aggregator = row.merge;
    this.#registry = registry;
    this.#read = read;
  }

  /** This object as the registry's type wants it: the registry needs no more than there is here. */
  get asMetric(): Metric {
    return this as unknown as Metric;
  }

  get name(): string {
    return this.#name;
  }

  // A registry in OpenMetrics mode assigns the name without `_total`, and never gives it back.
  set name(_withoutTotal: string) {}

  /** The registry's `resetMetrics()` is for tests of one's own metrics; the numbers here are the tracker's. */
  reset(): void {}

  /** For JSON, from which clusters add up: every label in `labels`, because the sums go by those alone. */
  get(): Promise<ReadMetric> {
    const family = this.#read();
    return Promise.resolve(this.#metric(this.#name, family, allLabels, false));
  }

  /** For text. In OpenMetrics mode the registry appends `_total` to a counter's name itself. */
  getForPromString(): Promise<ReadMetric> {
    const family = this.#read();
    const isOpenMetrics = this.#registry.contentType.startsWith(OPENMETRICS_TYPE);
    const appendsTotal = isOpenMetrics && this.type === "counter";
    const name = appendsTotal ? this.#name.replace(/_total$/, "") : this.#name;
    return Promise.resolve(this.#metric(name, family, boundOnly, isOpenMetrics));
  }

  #metric(
    name: string,
    family: MetricFamily | undefined,
    bucketLabels: BucketLabels,
    withExemplars: boolean,
  ): ReadMetric {
    const values: ReadValue[] = [];
    for (const sample of family?.samples ?? []) {
      if (sample.histogram === undefined) values.push({ labels: sample.labels, value: sample.value });
      else pushHistogram(values, this.#name, sample, bucketLabels, withExemplars);
    }
    return { name, help: this.help, type: this.type, aggregator: this.aggregator, values };
  }
}

type BucketLabels = (sample: MetricSample, le: number | "+Inf") => Pick<ReadValue, "labels" | "sharedLabels">;

const allLabels: BucketLabels = (sample, le) => ({ labels: { ...sample.labels, le } });
const boundOnly: BucketLabels = (sample, le) => ({ labels: { le }, sharedLabels: sample.labels });

function pushHistogram(
  values: ReadValue[],
  name: string,
  sample: MetricSample,
  bucketLabels: BucketLabels,
  withExemplars: boolean,
): void {
  const { histogram } = sample;
  if (histogram === undefined) return;
  let cumulative = 0;
  for (const [index, count] of histogram.counts.entries()) {
    cumulative += count;
    const le = histogram.bounds[index] ?? "+Inf";
    const exemplar = withExemplars ? readExemplar(histogram.exemplars?.[index]) : undefined;
    values.push({ metricName: `${name}_bucket`, ...bucketLabels(sample, le), value: cumulative, exemplar });
  }
  values.push({ metricName: `${name}_sum`, labels: sample.labels, value: histogram.sum });
  values.push({ metricName: `${name}_count`, labels: sample.labels, value: histogram.count });
}

function readExemplar(exemplar: Exemplar | undefined): ReadExemplar | undefined {
  if (exemplar === undefined) return undefined;
  const { traceId, spanId, value, atMs } = exemplar;
  return { labelSet: { trace_id: traceId, span_id: spanId }, value, timestamp: atMs / 1_000 };
}
