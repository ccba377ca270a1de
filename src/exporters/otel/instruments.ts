import type {
  Attributes,
  BatchObservableResult,
  Histogram,
  Meter,
  MeterProvider,
  Observable,
} from "@opentelemetry/api";
import { durationBounds, metricCatalog, metrics, spawnLatencyBounds } from "../../metrics/index.ts";
import type { MetricRow } from "../../metrics/index.ts";
import { metricFamilies } from "../../plugin/index.ts";
import type { HookTask, PluginContext } from "../../plugin/index.ts";
import { MeterSource } from "./meter-source.ts";
import type { StatsSources } from "./stats-sources.ts";
import type { Switches } from "./switches.ts";

/** How the instruments of a plugin are made. */
export interface InstrumentSettings {
  readonly meterProvider: MeterProvider | undefined;
  readonly histograms: boolean;
}

/** The two histograms of one prefix. */
interface Histograms {
  readonly duration: Histogram;
  readonly spawnLatency: Histogram;
}

/**
 * Hands the numbers to an SDK that somebody else has set up, through instruments of the API. Counters and gauges are read
 * when the SDK collects, by one callback a prefix, out of one snapshot a tracker; histograms cannot be observed, and cost
 * a `record` for each task. Made once there is a meter provider, and left when the trackers have gone: the last export
 * is to have their last numbers.
 */
export class Instruments {
  readonly #sources: StatsSources;
  readonly #switches: Switches;
  readonly #settings: InstrumentSettings;
  readonly #meters: MeterSource;
  readonly #contexts = new Set<PluginContext>();
  readonly #histograms = new Map<string, Histograms | undefined>();
  readonly #labels = new WeakMap<object, Attributes>();
  #meter: Meter | undefined;

  constructor(sources: StatsSources, switches: Switches, settings: InstrumentSettings) {
    this.#sources = sources;
    this.#switches = switches;
    this.#settings = settings;
    this.#meters = new MeterSource(settings.meterProvider);
  }

  add(context: PluginContext): void {
    this.#contexts.add(context);
    if (this.#meter !== undefined) this.#attach(this.#meter, context);
    else if (this.#contexts.size === 1) this.#meters.find(context, (meter) => this.#found(meter));
  }

  remove(context: PluginContext): void {
    this.#contexts.delete(context);
    if (this.#contexts.size === 0) this.#meters.stop();
  }

  #found(meter: Meter): void {
    this.#meter = meter;
    for (const context of this.#contexts) this.#attach(meter, context);
  }

  #attach(meter: Meter, context: PluginContext): void {
    const { prefix } = context;
    if (!this.#histograms.has(prefix)) {
      this.#histograms.set(prefix, this.#settings.histograms ? makeHistograms(meter, prefix) : undefined);
      this.#observe(meter, prefix);
    }
    const histograms = this.#histograms.get(prefix);
    if (histograms !== undefined) this.#record(context, histograms);
  }

  #observe(meter: Meter, prefix: string): void {
    const observables = new Map<MetricRow, Observable>();
    for (const row of metricCatalog) {
      const observable = makeObservable(meter, prefix, row);
      if (observable !== undefined) observables.set(row, observable);
    }
    meter.addBatchObservableCallback(
      (result) => this.#report(result, prefix, observables),
      [...observables.values()],
    );
  }

  #report(
    result: BatchObservableResult,
    prefix: string,
    observables: ReadonlyMap<MetricRow, Observable>,
  ): void {
    if (!this.#switches.metrics) return;
    const group = this.#sources.read([]).find((each) => each.prefix === prefix);
    if (group === undefined) return;
    for (const { row, samples } of metricFamilies(prefix, group.snapshots)) {
      const observable = observables.get(row);
      if (observable === undefined) continue;
      for (const { value, labels } of samples) result.observe(observable, value, labels);
    }
  }

  #record(context: PluginContext, { duration, spawnLatency }: Histograms): void {
    context.onStart((task) => {
      const { spawnLatencyMs } = task;
      if (spawnLatencyMs === undefined || !this.#switches.metrics) return;
      spawnLatency.record(spawnLatencyMs / 1_000, this.#labelsOf(task));
    });
    context.onEnd((task, { status, durationMs }) => {
      if (task.attempt === 0 || !this.#switches.metrics) return;
      duration.record(durationMs / 1_000, { ...this.#labelsOf(task), outcome: status });
    });
  }

  #labelsOf({ series }: HookTask): Attributes {
    let labels = this.#labels.get(series);
    if (labels === undefined) {
      labels = { task_type: series.type, task_name: series.name };
      this.#labels.set(series, labels);
    }
    return labels;
  }
}

function makeObservable(meter: Meter, prefix: string, row: MetricRow): Observable | undefined {
  const name = `${prefix}_${row.name}`;
  const options = { description: row.help, unit: row.unit };
  if (row.type === "counter") return meter.createObservableCounter(name, options);
  if (row.type === "histogram") return undefined;
  return row.merge === "sum"
    ? meter.createObservableUpDownCounter(name, options)
    : meter.createObservableGauge(name, options);
}

function makeHistograms(meter: Meter, prefix: string): Histograms {
  const make = ({ name, help, unit }: MetricRow, bounds: readonly number[]): Histogram =>
    meter.createHistogram(`${prefix}_${name}`, {
      description: help,
      unit,
      advice: { explicitBucketBoundaries: [...bounds] },
    });
  return {
    duration: make(metrics.duration, durationBounds),
    spawnLatency: make(metrics.spawnLatency, spawnLatencyBounds),
  };
}
