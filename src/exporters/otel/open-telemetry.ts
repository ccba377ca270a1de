import type { Plugin, PluginContext, Teardown } from "../../plugin/index.ts";
import type { OtelMetricProducer } from "./metric-model.ts";
import { StatsProducer } from "./metric-producer.ts";
import { readOpenTelemetryOptions } from "./options.ts";
import type { OpenTelemetryOptions, ResolvedOpenTelemetryOptions } from "./options.ts";
import { StatsSources } from "./stats-sources.ts";
import { TaskSpans } from "./task-spans.ts";
import { TracerSource } from "./tracer-source.ts";

/** The plugin that {@link openTelemetry} makes. */
export interface OpenTelemetryPlugin extends Plugin {
  /** A producer of the metrics of all trackers that have this plugin. May be given to several readers. */
  metricProducer(): OtelMetricProducer;
}

/**
 * Joins a tracker to OpenTelemetry: a span for every task, and the metrics for whichever reader is given the producer.
 *
 * A task's span is made when the task is spawned, hangs under the span that is active then (or as `trace` says), is
 * active inside the body, and ends with the task. While no SDK is registered the span path is skipped; one that is
 * registered later is used from the next task on. Samplers see a span's name, kind, parent and links: attributes are set
 * after they have decided, so that spans that nobody keeps cost little.
 *
 * Register the SDK before the tracker is created: then OpenTelemetry's context carries the current task as well, and
 * the process needs no second store.
 *
 * ```ts
 * const otel = openTelemetry();
 * const sdk = new NodeSDK({ metricReaders: [new PrometheusExporter({ metricProducers: [otel.metricProducer()] })] });
 * sdk.start();
 * const tasks = createTracker({ plugins: [otel] });
 * ```
 */
export function openTelemetry(options: OpenTelemetryOptions = {}): OpenTelemetryPlugin {
  return new OpenTelemetry(readOpenTelemetryOptions(options));
}

class OpenTelemetry implements OpenTelemetryPlugin {
  readonly name = "opentelemetry";
  readonly #options: ResolvedOpenTelemetryOptions;
  readonly #sources = new StatsSources();

  constructor(options: ResolvedOpenTelemetryOptions) {
    this.#options = options;
  }

  metricProducer(): OtelMetricProducer {
    return new StatsProducer(this.#sources);
  }

  setup(context: PluginContext): Teardown {
    const { tracerProvider, spans } = this.#options;
    const tracers = spans ? new TracerSource(tracerProvider, context.version) : undefined;
    new TaskSpans(tracers, context).join();
    this.#sources.add(context);
    return () => this.#sources.remove(context);
  }
}
