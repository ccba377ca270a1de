import type { Registry, RegistryContentType } from "prom-client";
import { InvalidOptionError } from "../../errors/index.ts";
import { metricCatalog } from "../../metrics/index.ts";
import { metricFamilies } from "../../plugin/index.ts";
import type { MetricFamily, PluginContext } from "../../plugin/index.ts";
import { RegisteredMetric } from "./registered-metric.ts";

type AnyRegistry = Registry<RegistryContentType>;

// One collector a registry and prefix, so that trackers that share a registry add up in one family. Weak: a registry that
// is dropped takes its collectors along.
const collectors = new WeakMap<AnyRegistry, Map<string, SharedCollector>>();

/** The collector of a registry and prefix; made when there is none. */
export function sharedCollector(registry: AnyRegistry, prefix: string): SharedCollector {
  let byPrefix = collectors.get(registry);
  if (byPrefix === undefined) collectors.set(registry, (byPrefix = new Map()));
  let collector = byPrefix.get(prefix);
  if (collector === undefined) byPrefix.set(prefix, (collector = new SharedCollector(registry, prefix)));
  return collector;
}

/** Serves the metrics of all trackers with one prefix to one registry, each scrape from one instant. */
export class SharedCollector {
  readonly #registry: AnyRegistry;
  readonly #prefix: string;
  readonly #metrics: readonly RegisteredMetric[];
  readonly #sources = new Set<PluginContext>();
  readonly #reported = new WeakSet<PluginContext>();
  #families: readonly MetricFamily[] | undefined;
  #places: readonly number[] = [];
  #lastPlace = -1;

  constructor(registry: AnyRegistry, prefix: string) {
    this.#registry = registry;
    this.#prefix = prefix;
    this.#metrics = metricCatalog.map(
      (row, index) =>
        new RegisteredMetric(
          `${prefix}_${row.prometheusName}`,
          row,
          registry,
          () => this.#familiesOfScrape(index)[index],
        ),
    );
  }

  /** Adds a tracker. Puts metrics into the registry that are not there: at first, and after the registry's `clear()`. */
  add(source: PluginContext): void {
    const missing = this.#metrics.filter((metric) => {
      const present = this.#registry.getSingleMetric(metric.name);
      if (present !== undefined && present !== metric.asMetric) {
        throw new InvalidOptionError(
          "promClient.registry",
          this.#registry,
          `a registry without a metric of another maker named ${metric.name}`,
        );
      }
      return present === undefined;
    });
    for (const metric of missing) this.#registry.registerMetric(metric.asMetric);
    this.#sources.add(source);
    this.#families = undefined;
  }

  /** Removes a tracker, and with the last one the metrics. */
  remove(source: PluginContext): void {
    this.#sources.delete(source);
    this.#families = undefined;
    if (this.#sources.size > 0) return;
    for (const metric of this.#metrics) {
      if (this.#registry.getSingleMetric(metric.name) === metric.asMetric)
        this.#registry.removeSingleMetric(metric.name);
    }
  }

  /**
   * All families as of the scrape that asks for the one at `index`. prom-client asks every metric, in the order in which
   * the registry holds them, in one synchronous loop. So numbers are kept to the end of the synchronous code at most, and
   * asking for a metric that stands no later than the one served last means that another scrape has begun.
   */
  #familiesOfScrape(index: number): readonly MetricFamily[] {
    if (this.#families === undefined) {
      queueMicrotask(() => (this.#families = undefined));
      const present = this.#registry.getMetricsAsArray() as readonly unknown[];
      this.#places = this.#metrics.map((metric) => present.indexOf(metric));
    }
    const place = this.#places[index] ?? -1;
    if (this.#families === undefined || place <= this.#lastPlace) this.#families = this.#collect();
    this.#lastPlace = place;
    return this.#families;
  }

  // Must not throw: a metric that throws takes the whole scrape down, with the user's own metrics in it.
  #collect(): readonly MetricFamily[] {
    const snapshots = [...this.#sources].flatMap((source) => {
      try {
        return [source.stats()];
      } catch (error) {
        this.#report(source, error);
        return [];
      }
    });
    return metricFamilies(this.#prefix, snapshots);
  }

  #report(source: PluginContext, error: unknown): void {
    if (this.#reported.has(source)) return;
    this.#reported.add(source);
    source.diag.warn("promClient() could not read a tracker; its metrics are missing", error);
  }
}
