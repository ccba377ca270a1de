import { TraceFlags } from "@opentelemetry/api";
import { MeterProvider } from "@opentelemetry/sdk-metrics";
import { AlwaysOffSampler, SamplingDecision } from "@opentelemetry/sdk-trace";
import type { Sampler } from "@opentelemetry/sdk-trace";
import { PrometheusExporter, PrometheusSerializer } from "@opentelemetry/exporter-prometheus";
import { Registry } from "prom-client";
import type { OpenMetricsContentType } from "prom-client";
import { createTracker } from "taskscope";
import { metricsPage } from "taskscope/http";
import type { MetricsPage } from "taskscope/http";
import { openTelemetry } from "taskscope/otel";
import { promClient } from "taskscope/prom-client";
import { describe, expect, onTestFinished, test } from "vitest";
import { parseExposition } from "./exposition.ts";
import { ManualClock } from "./manual-clock.ts";
import { recordSpans } from "./otel/span-recorder.ts";
import type { SpanRecorder } from "./otel/span-recorder.ts";

interface Routes {
  readonly recorder: SpanRecorder;
  readonly page: MetricsPage;
  readonly registry: Registry<OpenMetricsContentType>;
  readonly otel: () => Promise<string>;
}

/** Three tasks, on all routes: one waited 20 ms and took 30, one failed after 7, one was not managed and took 2. */
async function runTasks(sampler?: Sampler): Promise<Routes> {
  const recorder = recordSpans(sampler);
  const page = metricsPage();
  const registry = new Registry<OpenMetricsContentType>();
  registry.setContentType(Registry.OPENMETRICS_CONTENT_TYPE);
  const telemetry = openTelemetry({ tracerProvider: recorder.provider });
  const reader = new PrometheusExporter({
    metricProducers: [telemetry.metricProducer()],
    preventServerStart: true,
  });
  const meters = new MeterProvider({ readers: [reader] });
  const clock = new ManualClock();
  const tasks = createTracker({ clock, plugins: [telemetry, page, promClient({ registry })] });
  onTestFinished(async () => {
    await tasks.shutdown();
    await meters.shutdown();
  });
  const sync = tasks.spawn("sync", () => clock.advance(30));
  clock.advance(20);
  await sync.result;
  await tasks
    .run("fails", () => {
      clock.advance(7);
      throw new RangeError("as it should");
    })
    .catch(() => undefined);
  tasks.wrap("wrapped", () => clock.advance(2))();
  const otel = async (): Promise<string> =>
    new PrometheusSerializer().serialize((await reader.collect()).resourceMetrics);
  return { recorder, page, registry, otel };
}

const EXEMPLAR =
  /^(\w+)_bucket\{task_type="general",task_name="([^"]*)",?.*le="([^"]+)".*\} \d+ # \{trace_id="(\w{32})",span_id="(\w{16})"\} (\S+) (\S+)$/gm;

/** The exemplars of a page, and the spans they lead to. */
function exemplarsIn(text: string): (readonly string[])[] {
  return Array.from(text.matchAll(EXEMPLAR), ([, ...parts]) => parts).toSorted((a, b) =>
    a.join(" ") < b.join(" ") ? -1 : 1,
  );
}

describe("exemplars", () => {
  test("of recorded spans stand behind the buckets of the built-in page, in OpenMetrics", async () => {
    const { recorder, page } = await runTasks();
    const { body } = await page.render("application/openmetrics-text");
    const ids = (name: string): string[] => {
      const { traceId, spanId } = recorder.span(name).spanContext();
      return [traceId, spanId];
    };
    const startSeconds = Date.UTC(2025, 0, 1) / 1_000 + 1;
    expect(exemplarsIn(body)).toEqual([
      [
        "taskscope_task_duration_seconds",
        "fails",
        "0.01",
        ...ids("fails"),
        "0.007",
        `${startSeconds + 0.057}`,
      ],
      ["taskscope_task_duration_seconds", "sync", "0.05", ...ids("sync"), "0.03", `${startSeconds + 0.05}`],
      [
        "taskscope_task_duration_seconds",
        "wrapped",
        "0.005",
        ...ids("wrapped"),
        "0.002",
        `${startSeconds + 0.059}`,
      ],
      [
        "taskscope_task_spawn_latency_seconds",
        "fails",
        "0.00001",
        ...ids("fails"),
        "0",
        `${startSeconds + 0.05}`,
      ],
      [
        "taskscope_task_spawn_latency_seconds",
        "sync",
        "0.05",
        ...ids("sync"),
        "0.02",
        `${startSeconds + 0.02}`,
      ],
    ]);
  });

  test("are in the text format on no route, for it has none", async () => {
    const { page, registry, otel } = await runTasks();
    expect((await page.render()).body).not.toContain("trace_id");
    (registry as unknown as Registry).setContentType(Registry.PROMETHEUS_CONTENT_TYPE);
    expect(await registry.metrics()).not.toContain("trace_id");
    expect(await otel()).not.toContain("trace_id");
  });

  test("are the same through prom-client in OpenMetrics mode, and leave its JSON as it was", async () => {
    const { page, registry } = await runTasks();
    const { body } = await page.render("application/openmetrics-text");
    const text = await registry.metrics();
    // prom-client writes `le` first.
    const reordered = text.replaceAll(/\{le="([^"]+)",([^}]*)\}/g, '{$2,le="$1"}');
    expect(exemplarsIn(reordered)).toEqual(exemplarsIn(body));
    expect(exemplarsIn(body)).toHaveLength(5);
    expect(text).not.toContain("_total_total");
    expect(JSON.stringify(await registry.getMetricsAsJSON())).not.toContain("trace_id");
  });

  test("change no sample", async () => {
    const { page } = await runTasks();
    const { body } = await page.render("application/openmetrics-text");
    const without = parseExposition(body.replaceAll(/ # \{.*$/gm, ""));
    expect(without.samples).toEqual(parseExposition((await page.render()).body).samples);
  });

  test.each<[string, Sampler]>([
    ["turned down by the sampler", new AlwaysOffSampler()],
    [
      "recorded and not sampled",
      {
        shouldSample: () => ({ decision: SamplingDecision.RECORD }),
        toString: () => "record only",
      },
    ],
  ])("are not made of spans that are %s", async (_, sampler) => {
    const { page, recorder } = await runTasks(sampler);
    const sampled = recorder.spans.filter(
      ({ spanContext }) => spanContext().traceFlags === TraceFlags.SAMPLED,
    );
    expect(sampled).toEqual([]);
    expect((await page.render("application/openmetrics-text")).body).not.toContain("trace_id");
  });
});
