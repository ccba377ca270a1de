import { checkWord, readOptions } from "../../errors/index.ts";
import type { Plugin, PluginContext, Teardown } from "../../plugin/index.ts";
import { Instruments } from "./instruments.ts";
import type { MetricProducerOptions, OtelMetricProducer, OtelTemporality } from "./metric-model.ts";
import { StatsProducer } from "./metric-producer.ts";
import { readChanges, readOpenTelemetryOptions } from "./options.ts";
import type { OpenTelemetryChanges, OpenTelemetryOptions, ResolvedOpenTelemetryOptions } from "./options.ts";
import { StatsSources } from "./stats-sources.ts";
import type { Switches } from "./switches.ts";
import { TaskSpans } from "./task-spans.ts";
import { TracerSource } from "./tracer-source.ts";

/** The plugin that {@link openTelemetry} makes. */
export interface OpenTelemetryPlugin extends Plugin {
  /**
   * A producer of the metrics of all trackers that have this plugin, for the option `metricProducers` of a metric reader.
   * One that gives cumulative numbers, the default, may be given to several readers; each reader of deltas needs its own.
   */
  metricProducer(options?: MetricProducerOptions): OtelMetricProducer;
  /** Turns spans and metrics off and on while trackers run. What is left out stays as it is. */
  configure(changes: OpenTelemetryChanges): void;
}

/**
 * Joins a tracker to OpenTelemetry: a span for every task, and the metrics for whichever reader is given the producer.
 *
 * A task's span is made when the task is spawned, hangs under the span that is active then (or as `trace` says), is
 * active inside the body, and ends with the task; from the second attempt on, each attempt has a span under it. While no
 * SDK is registered the span path is skipped; one that is registered later is used from the next task on, or within a
 * second where more than 1,000 tasks found none. Samplers see a span's name, kind, parent and links: attributes are set
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

const temporalities: readonly OtelTemporality[] = ["cumulative", "delta"];

class OpenTelemetry implements OpenTelemetryPlugin {
  readonly name = "opentelemetry";
  readonly #options: ResolvedOpenTelemetryOptions;
  readonly #sources = new StatsSources();
  readonly #switches: Switches;
  readonly #instruments: Instruments | undefined;
  readonly #spans = new Set<TaskSpans>();

  constructor(options: ResolvedOpenTelemetryOptions) {
    const { spans, instruments } = options;
    this.#options = options;
    this.#switches = { spans, metrics: true };
    this.#instruments =
      instruments === undefined ? undefined : new Instruments(this.#sources, this.#switches, instruments);
  }

  metricProducer(options: MetricProducerOptions = {}): OtelMetricProducer {
    const { temporality } = readOptions("metricProducer", options, new Set(["temporality"]));
    return new StatsProducer(
      this.#sources,
      this.#switches,
      temporality === undefined
        ? "cumulative"
        : checkWord("metricProducer.temporality", temporality, temporalities),
    );
  }

  configure(changes: OpenTelemetryChanges): void {
    const { spans, metrics } = readChanges(changes);
    this.#switches.spans = spans ?? this.#switches.spans;
    this.#switches.metrics = metrics ?? this.#switches.metrics;
    for (const each of this.#spans) each.wake();
  }

  setup(context: PluginContext): Teardown {
    const { tracerProvider, spawnSite, pendingAfterMs } = this.#options;
    const tracers = new TracerSource(tracerProvider, context.version);
    const spans = new TaskSpans(tracers, context, { switches: this.#switches, spawnSite, pendingAfterMs });
    spans.join();
    this.#spans.add(spans);
    this.#sources.add(context);
    this.#instruments?.add(context);
    return () => {
      this.#spans.delete(spans);
      spans.leave();
      this.#instruments?.remove(context);
      this.#sources.remove(context);
    };
  }
}
