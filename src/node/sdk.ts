import type { NodeSDK, NodeSDKConfiguration } from "@opentelemetry/sdk-node";
import type { OpenTelemetryPlugin } from "../exporters/otel/index.ts";
import type { PluginContext } from "../plugin/index.ts";
import { readVariable } from "./environment.ts";
import { metricRoute } from "./metric-route.ts";
import type { ResolvedNodeTelemetryOptions } from "./options.ts";
import type { PrometheusServer } from "./prometheus-server.ts";
import { registerGlobals } from "./sdk-globals.ts";
import { loadSdk } from "./sdk-packages.ts";
import type { SdkPackages } from "./sdk-packages.ts";
import { spanRoute } from "./span-route.ts";

const LOGS_VARIABLE = "OTEL_LOGS_EXPORTER";

/** The SDK of one process, started. */
export class RunningSdk {
  readonly #sdk: NodeSDK;
  readonly #unregister: () => void;
  readonly #server: PrometheusServer | undefined;

  constructor(sdk: NodeSDK, unregister: () => void, server: PrometheusServer | undefined) {
    this.#sdk = sdk;
    this.#unregister = unregister;
    this.#server = server;
  }

  get metricsUrl(): string | undefined {
    return this.#server?.url;
  }

  /** Settles when Prometheus can scrape, at once when it is not meant to. */
  async listen(): Promise<void> {
    await this.#server?.listen();
  }

  /** Sends what has not been sent and closes everything. Rejects when the last export failed. */
  async shutdown(): Promise<void> {
    this.#unregister();
    await Promise.all([this.#server?.close(), this.#sdk.shutdown()]);
  }
}

/**
 * Starts the SDK with what was asked for and nothing else: left to itself it would export everything by OTLP. Gives
 * `undefined` when `OTEL_SDK_DISABLED` says so.
 */
export function startSdk(
  options: ResolvedNodeTelemetryOptions,
  plugin: Pick<OpenTelemetryPlugin, "metricProducer">,
  diag: PluginContext["diag"],
): RunningSdk | undefined {
  if (readVariable("OTEL_SDK_DISABLED")?.toLowerCase() === "true") return undefined;
  const packages = loadSdk();
  const { metricReaders, server } = metricRoute(packages, options, plugin, diag);
  const sdk = new packages.main.NodeSDK({
    metricReaders,
    ...spanRoute(packages, options, diag),
    ...(options.serviceName === undefined ? {} : { serviceName: options.serviceName }),
    ...detectors(packages),
  });
  const unregister = registerGlobals(() => withoutLogs(() => sdk.start()));
  return new RunningSdk(sdk, unregister, server);
}

// Left to itself the SDK exports logs by OTLP, and told to use no processors it still takes the place of the logger
// provider that the user may register. Only this variable makes it leave logs alone, and it is read during the start.
function withoutLogs(start: () => void): void {
  const given = process.env[LOGS_VARIABLE];
  if (readVariable(LOGS_VARIABLE) !== undefined) return start();
  process.env[LOGS_VARIABLE] = "none";
  try {
    start();
  } finally {
    if (given === undefined) delete process.env[LOGS_VARIABLE];
    else process.env[LOGS_VARIABLE] = given;
  }
}

// The SDK's default also puts the command line into the resource, which `target_info` would show to whoever can scrape.
function detectors(packages: SdkPackages): Partial<NodeSDKConfiguration> {
  if (readVariable("OTEL_NODE_RESOURCE_DETECTORS") !== undefined) return {};
  const { envDetector, hostDetector } = packages.load("@opentelemetry/resources");
  return { resourceDetectors: [envDetector, hostDetector] };
}
