import { createTracker } from "taskscope";
import type { Tracker } from "taskscope";
import { nodeTelemetry } from "taskscope/node";
import type { NodeTelemetryOptions, OtlpProtocol } from "taskscope/node";
import { afterEach, describe, expect, test, vi } from "vitest";
import { receiveOtlp, receiveOtlpOverGrpc } from "./otlp-receiver.ts";
import type { OtlpReceiver } from "./otlp-receiver.ts";

const PATIENCE = { timeout: 60_000 };

const receivers: OtlpReceiver[] = [];
afterEach(async () => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
  for (const receiver of receivers.splice(0)) await receiver.close();
});

async function receive(protocol: OtlpProtocol = "http/protobuf"): Promise<OtlpReceiver> {
  const receiver = protocol === "grpc" ? await receiveOtlpOverGrpc() : await receiveOtlp();
  receivers.push(receiver);
  return receiver;
}

interface Started {
  readonly tasks: Tracker;
  readonly warnings: string[];
}

function start(options: NodeTelemetryOptions): Started {
  const warnings: string[] = [];
  const diag = { warn: (message: string): void => void warnings.push(message) };
  return { warnings, tasks: createTracker({ diag, plugins: [nodeTelemetry(options)] }) };
}

/** What both signals must have brought, whatever way they came. */
function expectArrival(receiver: OtlpReceiver): void {
  const { metrics } = receiver;
  expect(receiver.span("charge")).toMatchObject({
    traceId: expect.stringMatching(/^[0-9a-f]{32}$/) as string,
    kind: "SPAN_KIND_INTERNAL",
    status: { code: "STATUS_CODE_ERROR", message: "no funds" },
    attributes: { "task.name": "charge", "task.outcome": "failed", "error.type": "RangeError" },
  });
  const failed = metrics.find(({ name }) => name === "taskscope_tasks_failed");
  expect(failed).toMatchObject({ data: "sum", isCumulative: true, points: [{ value: 1 }] });
}

async function failOnce(tasks: Tracker): Promise<void> {
  await tasks.run("charge", () => Promise.reject(new RangeError("no funds"))).catch(() => {});
  await tasks.shutdown();
}

describe.each(["http/protobuf", "http/json", "grpc"] as const)("OTLP over %s", (protocol) => {
  test("brings spans and metrics to where the options say, with their headers", async () => {
    const receiver = await receive(protocol);
    const otlp = { url: receiver.url, protocol, headers: { "x-key": "k" } };
    const { tasks, warnings } = start({ prometheus: false, otlp });
    await failOnce(tasks);
    expectArrival(receiver);
    expect(receiver.headers.map((headers) => headers["x-key"])).toEqual(["k", "k"]);
    expect(warnings).toEqual([]);
  });

  test("brings them to where the environment says, with its headers", async () => {
    const receiver = await receive(protocol);
    vi.stubEnv("OTEL_EXPORTER_OTLP_ENDPOINT", receiver.url);
    vi.stubEnv("OTEL_EXPORTER_OTLP_PROTOCOL", protocol);
    vi.stubEnv("OTEL_EXPORTER_OTLP_HEADERS", "x-key=from-environment");
    vi.stubEnv("OTEL_RESOURCE_ATTRIBUTES", "service.name=shop,deployment.environment=test");
    await failOnce(start({ prometheus: false }).tasks);
    expectArrival(receiver);
    expect(receiver.span("charge").service).toBe("shop");
    expect(receiver.headers.map((headers) => headers["x-key"])).toEqual([
      "from-environment",
      "from-environment",
    ]);
  });
});

test("each signal may have a protocol of its own; one that is none is told, and protobuf taken", async () => {
  const [http, grpc] = [await receive(), await receive("grpc")];
  vi.stubEnv("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", grpc.url);
  vi.stubEnv("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "grpc");
  vi.stubEnv("OTEL_EXPORTER_OTLP_METRICS_ENDPOINT", `${http.url}/v1/metrics`);
  vi.stubEnv("OTEL_EXPORTER_OTLP_METRICS_PROTOCOL", "carrier-pigeon");
  const { tasks, warnings } = start({ prometheus: false });
  await failOnce(tasks);
  expect(grpc.paths).toEqual(["/opentelemetry.proto.collector.trace.v1.TraceService/Export"]);
  expect(http.paths).toEqual(["/v1/metrics"]);
  expect(warnings).toEqual([expect.stringContaining("carrier-pigeon")]);
});

describe("temporality", () => {
  /** Runs tasks over several exports; gives the points of two metrics in the order of their arrival. */
  async function exports(options: NodeTelemetryOptions["otlp"], receiver: OtlpReceiver): Promise<Series[]> {
    vi.stubEnv("OTEL_METRIC_EXPORT_INTERVAL", "20");
    const { tasks } = start({ prometheus: false, spans: false, otlp: options });
    const work = tasks.wrap({ name: "work" }, () => {});
    for (let round = 1; round <= 3; round += 1) {
      work();
      const arrived = receiver.paths.length;
      await vi.waitFor(() => expect(receiver.paths.length).toBeGreaterThan(arrived + 1), PATIENCE);
    }
    work();
    await tasks.shutdown();
    return ["taskscope_tasks_spawned", "taskscope_task_duration_seconds"].map((name) =>
      receiver.metrics.filter((metric) => metric.name === name),
    );
  }
  type Series = readonly OtlpReceiver["metrics"][number][];
  const pointsOf = (series: Series | undefined): OtlpReceiver["metrics"][number]["points"][number][] =>
    (series ?? []).flatMap(({ points }) => points);

  test.each(["option", "environment"])(
    "delta, by %s: the parts add up, and each begins where one ended",
    async (way) => {
      const receiver = await receive();
      if (way === "environment") vi.stubEnv("OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE", "delta");
      const otlp =
        way === "option" ? { url: receiver.url, temporality: "delta" as const } : { url: receiver.url };
      const [counter, histogram] = await exports(otlp, receiver);
      expect(counter?.every(({ isDelta, isMonotonic }) => isDelta && isMonotonic)).toBe(true);
      expect(histogram?.every(({ isDelta }) => isDelta)).toBe(true);
      const [counts, durations] = [pointsOf(counter), pointsOf(histogram)];
      expect(counts.length).toBeGreaterThan(3);
      expect(counts.reduce((sum, { value }) => sum + value, 0)).toBe(4);
      expect(durations.reduce((sum, { value }) => sum + value, 0)).toBe(4);
      expect(durations.flatMap((point) => point.counts).reduce((sum, count) => sum + count, 0)).toBe(4);
      for (const [index, point] of counts.entries()) {
        expect(point.end >= point.start).toBe(true);
        if (index > 0) expect(point.start).toBe(counts[index - 1]?.end);
      }
      const gauges = receiver.metrics.filter(({ name }) => name === "taskscope_tasks_running");
      expect(gauges.every(({ isCumulative }) => isCumulative)).toBe(true);
    },
  );

  test("cumulative, the default: each holds all since the start, which stays the same", async () => {
    const receiver = await receive();
    const [counter, histogram] = await exports({ url: receiver.url }, receiver);
    for (const series of [counter, histogram]) {
      expect(series?.every(({ isCumulative }) => isCumulative)).toBe(true);
      const points = pointsOf(series);
      expect(points.at(-1)?.value).toBe(4);
      expect(points.map(({ value }) => value)).toEqual(
        points.map(({ value }) => value).toSorted((a, b) => a - b),
      );
      expect(new Set(points.map((point) => point.start)).size).toBe(1);
      expect(points.every((point) => point.end >= point.start)).toBe(true);
    }
  });
});

describe("OTEL_METRICS_EXPORTER", () => {
  async function metricsUrl(options: NodeTelemetryOptions): Promise<string | undefined> {
    const plugin = nodeTelemetry(options);
    const tasks = createTracker({ diag: { warn: () => {} }, plugins: [plugin] });
    await tasks.ready;
    const url = plugin.metricsUrl;
    await tasks.shutdown();
    return url;
  }

  test("opens the endpoint for Prometheus when it names it or nothing does, and an option comes first", async () => {
    vi.stubEnv("OTEL_EXPORTER_PROMETHEUS_PORT", "0");
    expect(await metricsUrl({ otlp: false })).toBeDefined();
    vi.stubEnv("OTEL_METRICS_EXPORTER", "otlp,prometheus");
    expect(await metricsUrl({ otlp: false })).toBeDefined();
    vi.stubEnv("OTEL_METRICS_EXPORTER", "console");
    vi.spyOn(console, "dir").mockImplementation(() => {});
    expect(await metricsUrl({ otlp: false })).toBeUndefined();
    expect(await metricsUrl({ otlp: false, prometheus: true })).toBeDefined();
  });

  test("console writes the last numbers there", async () => {
    vi.stubEnv("OTEL_METRICS_EXPORTER", "console");
    const written = vi.spyOn(console, "dir").mockImplementation(() => {});
    await failOnce(start({}).tasks);
    const names = written.mock.calls.map(
      ([metric]) => (metric as { descriptor?: { name: string } }).descriptor?.name,
    );
    expect(names).toContain("taskscope_tasks_failed");
  });

  test("says which names mean nothing to it", async () => {
    vi.stubEnv("OTEL_METRICS_EXPORTER", "statsd");
    const { tasks, warnings } = start({});
    await tasks.shutdown();
    expect(warnings).toEqual([expect.stringContaining('"statsd"')]);
  });
});

test("OTEL_TRACES_EXPORTER says which names mean nothing to it", async () => {
  vi.stubEnv("OTEL_TRACES_EXPORTER", "jaeger");
  const { tasks, warnings } = start({ prometheus: false });
  await tasks.shutdown();
  expect(warnings).toEqual(['nodeTelemetry(): OTEL_TRACES_EXPORTER names "jaeger", which is unknown']);
});

describe("tailSampling", () => {
  test.each(["option", "environment"])("sends the failed traces alone, by %s", async (way) => {
    const receiver = await receive();
    if (way === "environment") vi.stubEnv("OTEL_EXPORTER_OTLP_ENDPOINT", receiver.url);
    const { tasks } = start({
      prometheus: false,
      tailSampling: {},
      ...(way === "option" ? { otlp: { url: receiver.url, metrics: false } } : {}),
    });
    await tasks.run("fine", () => tasks.run("child", () => {}));
    await failOnce(tasks);
    expect(receiver.spans.map(({ name }) => name)).toEqual(["charge"]);
  });

  test("says which exporter of the environment it cannot stand before", async () => {
    vi.stubEnv("OTEL_TRACES_EXPORTER", "zipkin");
    const { tasks, warnings } = start({ prometheus: false, tailSampling: { ratio: 1 } });
    await tasks.shutdown();
    expect(warnings).toEqual([expect.stringContaining('"zipkin"')]);
  });
});

test("spans are turned off and on, and long tasks shown, as with openTelemetry()", async () => {
  const receiver = await receive();
  const plugin = nodeTelemetry({ prometheus: false, otlp: { url: receiver.url }, pendingAfterMs: 1 });
  const tasks = createTracker({ plugins: [plugin] });
  plugin.configure({ spans: false });
  await tasks.run("unseen", () => {});
  plugin.configure({ spans: true });
  const long = tasks.open("long");
  await vi.waitFor(() => expect(tasks.list({ name: "long", olderThanMs: 20 })).toHaveLength(1), PATIENCE);
  long.complete();
  await tasks.shutdown();
  expect(receiver.spans.map(({ name }) => name).toSorted()).toEqual(["long", "long (pending)"]);
});

test.each<[NodeTelemetryOptions, string]>([
  [{ otlp: { protocol: "udp" as "grpc" } }, "nodeTelemetry.otlp.protocol"],
  [{ otlp: { temporality: "lowmemory" as "delta" } }, "nodeTelemetry.otlp.temporality"],
  [{ tailSampling: { ratio: 2 } }, "tailSampler.ratio"],
  [{ pendingAfterMs: -1 }, "nodeTelemetry.pendingAfterMs"],
])("refuses %o", (options, option) => {
  expect(() => nodeTelemetry(options)).toThrow(
    expect.objectContaining({ code: "TASKSCOPE_INVALID_OPTION", option }),
  );
});
