import type { PrometheusContentType, Registry, RegistryContentType } from "prom-client";
import { InvalidOptionError, readOptions } from "../../errors/index.ts";
import type { Plugin, PluginContext, Teardown } from "../../plugin/index.ts";
import { createRegistry } from "./own-registry.ts";
import { sharedCollector } from "./shared-collector.ts";

/** Options of {@link promClient}. */
export interface PromClientOptions<ContentType extends RegistryContentType = PrometheusContentType> {
  /** Where the metrics go. Without one the plugin makes its own, which {@link PromClientPlugin.registry} gives. */
  readonly registry?: Registry<ContentType> | undefined;
}

/** The plugin that {@link promClient} makes. */
export interface PromClientPlugin<
  ContentType extends RegistryContentType = PrometheusContentType,
> extends Plugin {
  /** The registry to scrape: the user's, or the plugin's own. */
  readonly registry: Registry<ContentType>;
}

/**
 * Puts every metric of taskscope into a prom-client registry. A task costs nothing: the numbers are read when the
 * registry is scraped.
 *
 * Each scrape (`registry.metrics()`, `getMetricsAsJSON()`) is one consistent picture: for every series
 * `spawned = queued + running + completed + failed + cancelled`. Trackers that share a registry and a prefix give one
 * family a metric, series added up. `registry.resetMetrics()` does not touch these numbers. A tracker that is shut
 * down takes its numbers out of the registry, and the last one the metrics.
 *
 * Needs prom-client 15. Throws `TASKSCOPE_MISSING_PACKAGE` when it is asked for a registry of its own without it.
 *
 * ```ts
 * const tasks = createTracker({ plugins: [promClient({ registry: register })] });
 * ```
 */
export function promClient<ContentType extends RegistryContentType = PrometheusContentType>(
  options: PromClientOptions<ContentType> = {},
): PromClientPlugin<ContentType> {
  return new PromClient<ContentType>(checkedRegistry(options));
}

const known = new Set(["registry"]);

class PromClient<ContentType extends RegistryContentType> implements PromClientPlugin<ContentType> {
  readonly name = "prom-client";
  #registry: Registry<ContentType> | undefined;

  constructor(registry: Registry<ContentType> | undefined) {
    this.#registry = registry;
  }

  get registry(): Registry<ContentType> {
    return (this.#registry ??= createRegistry<ContentType>());
  }

  setup(context: PluginContext): Teardown {
    const collector = sharedCollector(this.registry, context.prefix);
    collector.add(context);
    return () => collector.remove(context);
  }
}

function checkedRegistry<ContentType extends RegistryContentType>(
  given: unknown,
): Registry<ContentType> | undefined {
  const { registry } = readOptions("promClient", given, known);
  if (registry === undefined || isRegistry<ContentType>(registry)) return registry;
  throw new InvalidOptionError("promClient.registry", registry, "a Registry of prom-client");
}

// By its methods: the user's prom-client may be another copy than any that could be loaded here.
function isRegistry<ContentType extends RegistryContentType>(value: unknown): value is Registry<ContentType> {
  if (typeof value !== "object" || value === null) return false;
  const { registerMetric, getSingleMetric, removeSingleMetric, getMetricsAsArray } =
    value as Partial<Registry>;
  return [registerMetric, getSingleMetric, removeSingleMetric, getMetricsAsArray].every(
    (method) => typeof method === "function",
  );
}
