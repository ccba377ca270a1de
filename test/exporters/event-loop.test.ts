import { MeterProvider } from "@opentelemetry/sdk-metrics";
import { PrometheusExporter, PrometheusSerializer } from "@opentelemetry/exporter-prometheus";
import { Registry } from "prom-client";
import { createTracker, metricFamilies } from "taskscope";
import type { PluginContext } from "taskscope";
import { metricsPage } from "taskscope/http";
import { openTelemetry } from "taskscope/otel";
import { promClient } from "taskscope/prom-client";
import { ManualClock } from "taskscope/testing";
import { describe, expect, test } from "vitest";
import { canonicalLines, parseExposition } from "./exposition.ts";

const NAME = "taskscope_event_loop_delay_seconds";

describe("the event loop that all trackers share", () => {
  test("is exported once, whichever route is taken and however many trackers and plugins there are", async () => {
    const clock = new ManualClock();
    const otel = openTelemetry({ spans: false });
    const registry = new Registry();
    const page = metricsPage();
    const reader = new PrometheusExporter({
      metricProducers: [otel.metricProducer()],
      withoutScopeInfo: true,
      preventServerStart: true,
    });
    const provider = new MeterProvider({ readers: [reader] });
    const trackers = [1, 2, 3].map(() =>
      createTracker({ clock, plugins: [otel, page, promClient({ registry })] }),
    );
    await registry.metrics();
    await clock.advance(100);
    const { resourceMetrics } = await reader.collect();
    const serializer = new PrometheusSerializer(undefined, false, undefined, true, true);
    const linesOf = (text: string): string[] =>
      canonicalLines(parseExposition(text)).filter((line) => line.startsWith(NAME));
    const lines = linesOf(await registry.metrics());
    expect(lines).toContain(`${NAME}_count{} 5`);
    expect(lines).toContain(`${NAME}_bucket{le="0.002"} 5`);
    expect(linesOf(serializer.serialize(resourceMetrics))).toEqual(lines);
    expect(linesOf((await page.render()).body)).toEqual(lines);
    await Promise.all(trackers.map((tasks) => tasks.shutdown()));
    await provider.shutdown();
  });

  test("adds up over loops: those of two threads are two", async () => {
    const stats = [new ManualClock(), new ManualClock()].map((clock) => {
      let context: PluginContext | undefined;
      createTracker({ clock, plugins: [{ name: "reader", setup: (given) => void (context = given) }] });
      return { clock, read: () => context?.stats() ?? expect.fail("no context") };
    });
    for (const { clock, read } of stats) {
      read();
      await clock.advance(60);
    }
    const family = metricFamilies(
      "taskscope",
      stats.map(({ read }) => read()),
    ).find(({ name }) => name === NAME);
    expect(family?.samples).toMatchObject([{ labels: {}, histogram: { count: 6 } }]);
  });
});
