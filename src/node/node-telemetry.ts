import { openTelemetry } from "../exporters/otel/index.ts";
import type { OpenTelemetryChanges, OpenTelemetryPlugin } from "../exporters/otel/index.ts";
import type { Plugin, PluginContext, Teardown } from "../plugin/index.ts";
import { readNodeTelemetryOptions } from "./options.ts";
import type { NodeTelemetryOptions, ResolvedNodeTelemetryOptions } from "./options.ts";
import { startSdk } from "./sdk.ts";
import type { RunningSdk } from "./sdk.ts";

/** The plugin that {@link nodeTelemetry} makes. */
export interface NodeTelemetryPlugin extends Plugin {
  /** Where Prometheus finds the metrics; `undefined` until `tracker.ready` has settled, and when there is no such place. */
  readonly metricsUrl: string | undefined;
  /** Turns spans and metrics off and on while trackers run, as that of `openTelemetry()` does. */
  configure(changes: OpenTelemetryChanges): void;
  /** Settles when the metrics can be scraped. Rejects with `TASKSCOPE_PORT_IN_USE` when the port is taken. */
  start(): Promise<void>;
}

/**
 * Starts the OpenTelemetry SDK for Node.js and joins the tracker to it, in one call: metrics for Prometheus at
 * `http://127.0.0.1:9464/metrics`, spans and metrics by OTLP when asked.
 *
 * The SDK starts during `createTracker`, before the first task; the listener is up when `tracker.ready` settles, and
 * never keeps the process alive. The tracker's shutdown sends what is left and shuts the SDK down. `OTEL_*` variables
 * count where the SDK reads them (resource, sampler, limits, batches, endpoints); options come before them. Nothing is
 * exported that neither options nor environment ask for, and nothing is instrumented but tasks. It contains
 * `openTelemetry()`: a tracker that has both would make every span twice.
 *
 * Needs `@opentelemetry/sdk-node`; throws `TASKSCOPE_MISSING_PACKAGE` without it.
 *
 * ```ts
 * const tasks = createTracker({ plugins: [nodeTelemetry({ serviceName: "shop" })] });
 * await tasks.ready;
 * ```
 */
export function nodeTelemetry(options: NodeTelemetryOptions = {}): NodeTelemetryPlugin {
  const checked = readNodeTelemetryOptions(options);
  return new NodeTelemetry(checked, openTelemetry(checked.plugin));
}

class NodeTelemetry implements NodeTelemetryPlugin {
  readonly name = "node-telemetry";
  readonly #options: ResolvedNodeTelemetryOptions;
  readonly #openTelemetry: OpenTelemetryPlugin;
  #trackers = 0;
  #sdk: RunningSdk | undefined;

  constructor(options: ResolvedNodeTelemetryOptions, plugin: OpenTelemetryPlugin) {
    this.#options = options;
    this.#openTelemetry = plugin;
  }

  get metricsUrl(): string | undefined {
    return this.#sdk?.metricsUrl;
  }

  configure(changes: OpenTelemetryChanges): void {
    this.#openTelemetry.configure(changes);
  }

  setup(context: PluginContext): Teardown {
    if (this.#trackers === 0) {
      this.#sdk = startSdk(this.#options, this.#openTelemetry, context.diag);
    }
    this.#trackers += 1;
    const leave = this.#join(context);
    return async () => {
      try {
        await this.#release();
      } finally {
        await leave?.();
      }
    };
  }

  async start(): Promise<void> {
    await this.#sdk?.listen();
  }

  #join(context: PluginContext): Teardown | void {
    try {
      return this.#openTelemetry.setup(context);
    } catch (error) {
      void this.#release().catch(() => {});
      throw error;
    }
  }

  /** With the last tracker the SDK goes, while that tracker's numbers can still be read. */
  async #release(): Promise<void> {
    this.#trackers -= 1;
    if (this.#trackers > 0) return;
    const sdk = this.#sdk;
    this.#sdk = undefined;
    await sdk?.shutdown();
  }
}
