import { metrics, trace } from "@opentelemetry/api";
import { NodeSDK } from "@opentelemetry/sdk-node";
import type { NodeSDKConfiguration } from "@opentelemetry/sdk-node";
import { createTracker } from "taskscope";
import type { NodeTelemetryOptions } from "taskscope/node";
import { nodeTelemetry } from "taskscope/node";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { logs } from "../exporters/otel/logs-api.ts";
import { receiveOtlp } from "./otlp-receiver.ts";
import type { OtlpReceiver } from "./otlp-receiver.ts";

type SpanProcessor = NonNullable<NodeSDKConfiguration["spanProcessors"]>[number];

let receiver: OtlpReceiver;
beforeEach(async () => {
  receiver = await receiveOtlp();
  vi.stubEnv("OTEL_EXPORTER_OTLP_TIMEOUT", "1000");
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await receiver.close();
});

/** Runs one task under the plugin, from start to shutdown, and gives the paths that were exported to. */
async function exportedPaths(options: NodeTelemetryOptions): Promise<readonly string[]> {
  const tasks = createTracker({ plugins: [nodeTelemetry({ prometheus: false, ...options })] });
  await tasks.ready;
  await tasks.run("work", () => {});
  await tasks.shutdown();
  return receiver.paths.toSorted();
}

function countEnds(): SpanProcessor & { ended: string[] } {
  const ended: string[] = [];
  return {
    ended,
    onStart: () => {},
    onEnd: (span) => void ended.push(span.name),
    forceFlush: () => Promise.resolve(),
    shutdown: () => Promise.resolve(),
  };
}

test("nothing is exported that nobody asked for, and no provider stands in the process for nothing", async () => {
  const before = { tracer: trace.getTracer("test"), meters: metrics.getMeterProvider() };
  const tasks = createTracker({ plugins: [nodeTelemetry({ prometheus: false })] });
  const span = trace.getTracer("test").startSpan("nobody takes this");
  expect(span.isRecording()).toBe(false);
  expect(before.tracer.startSpan("nor this").isRecording()).toBe(false);
  expect(metrics.getMeterProvider()).toBe(before.meters);
  await tasks.shutdown();
});

test("an endpoint in the environment asks for spans and metrics", async () => {
  vi.stubEnv("OTEL_EXPORTER_OTLP_ENDPOINT", receiver.url);
  vi.stubEnv("OTEL_SERVICE_NAME", "from-environment");
  expect(await exportedPaths({})).toEqual(["/v1/metrics", "/v1/traces"]);
  expect(receiver.span("work").service).toBe("from-environment");
});

test("logs that others write are not exported, and the user may register a provider for them", async () => {
  vi.stubEnv("OTEL_EXPORTER_OTLP_ENDPOINT", receiver.url);
  const tasks = createTracker({ plugins: [nodeTelemetry({ prometheus: false })] });
  logs.getLogger("test").emit({ body: "nobody asked for this" });
  const taken: unknown[] = [];
  logs.setGlobalLoggerProvider({
    getLogger: () => ({ emit: (record) => void taken.push(record), enabled: () => true }),
  });
  const record = { body: "this goes to the user's provider" };
  logs.getLogger("test").emit(record);
  expect(taken).toEqual([record]);
  await tasks.shutdown();
  logs.disable();
  expect(receiver.paths).not.toContain("/v1/logs");
  expect(process.env).not.toHaveProperty("OTEL_LOGS_EXPORTER");
});

test("options come before the environment", async () => {
  vi.stubEnv("OTEL_EXPORTER_OTLP_ENDPOINT", receiver.url);
  expect(await exportedPaths({ otlp: false })).toEqual([]);
});

test("none in the environment turns a signal off", async () => {
  vi.stubEnv("OTEL_METRICS_EXPORTER", "none");
  expect(await exportedPaths({ otlp: { url: receiver.url } })).toEqual(["/v1/traces"]);
});

test("OTEL_TRACES_EXPORTER asks for spans alone", async () => {
  vi.stubEnv("OTEL_TRACES_EXPORTER", "otlp");
  vi.stubEnv("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", `${receiver.url}/v1/traces`);
  expect(await exportedPaths({})).toEqual(["/v1/traces"]);
});

test("otlp without metrics sends spans alone", async () => {
  expect(await exportedPaths({ otlp: { url: receiver.url, metrics: false } })).toEqual(["/v1/traces"]);
});

test("otlp: true sends to where the environment says", async () => {
  vi.stubEnv("OTEL_EXPORTER_OTLP_ENDPOINT", receiver.url);
  vi.stubEnv("OTEL_EXPORTER_OTLP_HEADERS", "x-key=from-environment");
  expect(await exportedPaths({ otlp: true })).toEqual(["/v1/metrics", "/v1/traces"]);
  expect(receiver.headers.every((headers) => headers["x-key"] === "from-environment")).toBe(true);
});

test("the sampler of the environment decides", async () => {
  vi.stubEnv("OTEL_TRACES_SAMPLER", "always_off");
  expect(await exportedPaths({ otlp: { url: receiver.url } })).toEqual(["/v1/metrics"]);
});

test("further span processors get the spans, besides OTLP", async () => {
  const processor = countEnds();
  expect(await exportedPaths({ otlp: { url: receiver.url }, spanProcessors: [processor] })).toEqual([
    "/v1/metrics",
    "/v1/traces",
  ]);
  expect(processor.ended).toEqual(["work"]);
});

test("OTEL_SDK_DISABLED starts nothing, and tasks run", async () => {
  vi.stubEnv("OTEL_SDK_DISABLED", "true");
  const plugin = nodeTelemetry({ prometheus: { port: 0 }, otlp: { url: receiver.url } });
  const tasks = createTracker({ plugins: [plugin] });
  await tasks.ready;
  expect(plugin.metricsUrl).toBeUndefined();
  expect(await tasks.run("work", () => 1)).toBe(1);
  await tasks.shutdown();
  expect(receiver.paths).toEqual([]);
});

test("an SDK that stands already keeps the spans, and is not taken off; the user hears of it", async () => {
  const theirs = countEnds();
  const sdk = new NodeSDK({
    spanProcessors: [theirs],
    metricReaders: [],
    logRecordProcessors: [],
    autoDetectResources: false,
  });
  sdk.start();
  const warnings: string[] = [];
  const tasks = createTracker({
    diag: { warn: (message) => warnings.push(message) },
    plugins: [nodeTelemetry({ prometheus: false, spanProcessors: [countEnds()] })],
  });
  await tasks.run("work", () => {});
  await tasks.shutdown();
  expect(theirs.ended).toEqual(["work"]);
  expect(warnings).toEqual([expect.stringContaining("registered already")]);
  expect(trace.getTracer("test").startSpan("still theirs").isRecording()).toBe(true);
  await sdk.shutdown();
  trace.disable();
});

test("times that no timer takes are as long as one can be: nothing is sent again and again", async () => {
  for (const name of ["OTEL_METRIC_EXPORT_INTERVAL", "OTEL_METRIC_EXPORT_TIMEOUT", "OTEL_BSP_SCHEDULE_DELAY"])
    vi.stubEnv(name, "3000000000");
  const timers = [vi.spyOn(globalThis, "setInterval"), vi.spyOn(globalThis, "setTimeout")];
  try {
    await exportedPaths({ otlp: { url: receiver.url } });
    const delays = timers.flatMap((timer) => timer.mock.calls.map(([, delayMs]) => delayMs ?? 0));
    expect(Math.max(...delays)).toBe(2_147_483_647);
  } finally {
    for (const timer of timers) timer.mockRestore();
  }
});
