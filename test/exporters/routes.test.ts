import { spawnSync } from "node:child_process";
import { MeterProvider } from "@opentelemetry/sdk-metrics";
import type { MetricProducer } from "@opentelemetry/sdk-metrics";
import { PrometheusExporter, PrometheusSerializer } from "@opentelemetry/exporter-prometheus";
import { createTracker, version } from "taskscope";
import { metricsPage } from "taskscope/http";
import { openTelemetry } from "taskscope/otel";
import { promClient } from "taskscope/prom-client";
import { beforeAll, describe, expect, test } from "vitest";
import { promtool } from "../ops/tools.ts";
import { canonicalLines, parseExposition } from "./exposition.ts";
import type { ExposedSample, Exposition } from "./exposition.ts";
import { ManualClock } from "./manual-clock.ts";
import { runWorkload } from "./workload.ts";

const routes = ["prom-client", "otel", "http", "instruments"] as const;
const texts = { "prom-client": "", otel: "", http: "", instruments: "" };
let openMetricsText = "";
/** What prom-client says of the tracker whose metrics go through instruments. */
let promOfInstruments = "";

beforeAll(async () => {
  const otel = openTelemetry();
  const prom = promClient();
  const page = metricsPage();
  const reader = scrapeReader([otel.metricProducer()]);
  const provider = new MeterProvider({ readers: [reader] });
  const clock = new ManualClock();
  const tasks = createTracker({ clock, plugins: [prom, otel, page] });
  const finish = await runWorkload(tasks, clock);
  texts.otel = await scrape(reader);
  texts["prom-client"] = await prom.registry.metrics();
  texts.http = (await page.render()).body;
  openMetricsText = (await page.render("application/openmetrics-text")).body;
  await finish();
  await tasks.shutdown();
  await provider.shutdown();
});

/** The same workload again: a tracker has the OpenTelemetry plugin once. */
beforeAll(async () => {
  const reader = scrapeReader([]);
  const meterProvider = new MeterProvider({ readers: [reader] });
  const clock = new ManualClock();
  const prom = promClient();
  const tasks = createTracker({
    clock,
    plugins: [prom, openTelemetry({ instruments: { meterProvider } }), metricsPage()],
  });
  const finish = await runWorkload(tasks, clock);
  texts.instruments = await scrape(reader);
  promOfInstruments = await prom.registry.metrics();
  await finish();
  await tasks.shutdown();
  await meterProvider.shutdown();
});

function scrapeReader(metricProducers: MetricProducer[]): PrometheusExporter {
  return new PrometheusExporter({ metricProducers, withoutScopeInfo: true, preventServerStart: true });
}

async function scrape(reader: PrometheusExporter): Promise<string> {
  const { resourceMetrics } = await reader.collect();
  return new PrometheusSerializer(undefined, false, undefined, true, true).serialize(resourceMetrics);
}

describe.each(routes)("the %s route", (route) => {
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

test.each(["otel", "http", "instruments"] as const)(
  "the prom-client and the %s route give the same names, labels, types, help and values",
  (route) => {
    const prom = parseExposition(route === "instruments" ? promOfInstruments : texts["prom-client"]);
    const other = parseExposition(texts[route]);
    const samples = route === "instruments" ? recordable(prom) : prom.samples;
    expect(canonicalLines(other)).toEqual(canonicalLines({ ...prom, samples }));
    for (const [name, type] of other.types) expect(prom.types.get(name), name).toBe(type);
    for (const [name, help] of other.help) expect(prom.help.get(name), name).toBe(help);
  },
);

describe("the http route in OpenMetrics", () => {
  test("one recorded workload gives the golden text", async () => {
    const text = openMetricsText.replaceAll(`version="${version}"`, 'version="…"');
    await expect(text).toMatchFileSnapshot("golden/http.openmetrics");
  });

  test("has the same samples as in text", () => {
    expect(canonicalLines(parseExposition(openMetricsText))).toEqual(
      canonicalLines(parseExposition(texts.http)),
    );
  });
});

/**
 * What can go through instruments: of histograms, only those of tasks, and only series that something was recorded in.
 * There is no way to hand an SDK a histogram that is empty, or one that was filled elsewhere.
 */
function recordable({ samples }: Exposition): Exposition["samples"] {
  const suffix = /_(bucket|sum|count)$/;
  const seriesOf = ({ name, labels }: ExposedSample): string => {
    const { le: _bound, ...others } = labels;
    return JSON.stringify([name.replace(suffix, ""), others]);
  };
  const filled = new Set(
    samples.filter(({ name, value }) => /_task_\w+_count$/.test(name) && value > 0).map(seriesOf),
  );
  return samples.filter((sample) => !suffix.test(sample.name) || filled.has(seriesOf(sample)));
}
