import { spawnSync } from "node:child_process";
import { MeterProvider } from "@opentelemetry/sdk-metrics";
import { PrometheusExporter, PrometheusSerializer } from "@opentelemetry/exporter-prometheus";
import { createTracker, version } from "taskscope";
import { openTelemetry } from "taskscope/otel";
import { promClient } from "taskscope/prom-client";
import { beforeAll, describe, expect, test } from "vitest";
import { promtool } from "../ops/tools.ts";
import { canonicalLines, parseExposition } from "./exposition.ts";
import { ManualClock } from "./manual-clock.ts";
import { runWorkload } from "./workload.ts";

const texts = { "prom-client": "", otel: "" };

beforeAll(async () => {
  const otel = openTelemetry();
  const prom = promClient();
  const reader = new PrometheusExporter({
    metricProducers: [otel.metricProducer()],
    withoutScopeInfo: true,
    preventServerStart: true,
  });
  const provider = new MeterProvider({ readers: [reader] });
  const clock = new ManualClock();
  const tasks = createTracker({ clock, plugins: [prom, otel] });
  const finish = await runWorkload(tasks, clock);
  const { resourceMetrics } = await reader.collect();
  texts.otel = new PrometheusSerializer(undefined, false, undefined, true, true).serialize(resourceMetrics);
  texts["prom-client"] = await prom.registry.metrics();
  await finish();
  await tasks.shutdown();
  await provider.shutdown();
});

describe.each(["prom-client", "otel"] as const)("the %s route", (route) => {
  test("one recorded workload gives the golden text", async () => {
    const text = texts[route].replaceAll(`version="${version}"`, 'version="…"');
    await expect(`${text.trim()}\n`).toMatchFileSnapshot(`golden/${route}.prom`);
  });

  test.skipIf(promtool.missing)(promtool.title("promtool finds nothing to say about the text"), () => {
    const { status, stdout, stderr } = spawnSync(promtool.command, ["check", "metrics"], {
      input: `${texts[route].trim()}\n`,
      encoding: "utf8",
    });
    expect(`${stdout}${stderr}`).toBe("");
    expect(status).toBe(0);
  });
});

test("both routes give the same names, labels, types, help and values", () => {
  const prom = parseExposition(texts["prom-client"]);
  const otel = parseExposition(texts.otel);
  expect(canonicalLines(otel)).toEqual(canonicalLines(prom));
  for (const [name, type] of otel.types) expect(prom.types.get(name), name).toBe(type);
  for (const [name, help] of otel.help) expect(prom.help.get(name), name).toBe(help);
});
