import { spawnSync } from "node:child_process";
import { PrometheusExporter, PrometheusSerializer } from "@opentelemetry/exporter-prometheus";
import { MeterProvider } from "@opentelemetry/sdk-metrics";
import { createTracker } from "taskscope";
import { metricsPage } from "taskscope/http";
import { openTelemetry } from "taskscope/otel";
import { promClient } from "taskscope/prom-client";
import { beforeAll, describe, expect, test } from "vitest";
import { promtool } from "../ops/tools.ts";
import { expectFlat, settledHeapBytes } from "../tracker/gc-heap.ts";
import { parseExposition } from "./exposition.ts";

const NAMES = 1_000_000;
const MAX_SERIES = 1_000;

/** What breaks out of labels, lines and pages where it is let. */
const hostile = [
  '"} 1\nfake_total{a="b',
  "\\",
  'a"b\\c',
  "# HELP x y",
  "line\r\nbreak\u2028",
  "\u202egnp.exe",
  "\ud800",
  "__proto__",
  "<script>alert(1)</script>",
  "💥".repeat(200),
] as const;

const prom = promClient();
const telemetry = openTelemetry();
const page = metricsPage();
const warnings: string[] = [];
const tasks = createTracker({
  context: false,
  plugins: [prom, telemetry, page],
  diag: { warn: (message) => void warnings.push(message) },
});
const reader = new PrometheusExporter({
  metricProducers: [telemetry.metricProducer()],
  withoutScopeInfo: true,
  preventServerStart: true,
});
new MeterProvider({ readers: [reader] });

const texts: Record<"prom-client" | "OpenTelemetry" | "built-in", string> = {
  "prom-client": "",
  OpenTelemetry: "",
  "built-in": "",
};
let heapBytes: readonly [number, number] = [0, 0];

async function attack(count: number, from: number): Promise<void> {
  for (let index = from; index < from + count; index += 1) {
    const bait = hostile[index % hostile.length] ?? "";
    tasks.wrap({ name: `${bait}${index}`, type: `${bait}${index % 50}` }, () => index)();
  }
}

beforeAll(async () => {
  await attack(50_000, 0);
  const before = await settledHeapBytes();
  await attack(NAMES - 50_000, 50_000);
  heapBytes = [before, await settledHeapBytes()];
  texts["prom-client"] = await prom.registry.metrics();
  const { resourceMetrics } = await reader.collect();
  texts.OpenTelemetry = new PrometheusSerializer(undefined, false, undefined, true, true).serialize(
    resourceMetrics,
  );
  texts["built-in"] = (await page.render()).body;
}, 240_000);

describe("a million names", () => {
  test("take no more memory than the bound on series allows, and are warned of once", () => {
    expectFlat(...heapBytes);
    expect(warnings.filter((message) => message.includes("maxSeries"))).toHaveLength(1);
    expect(tasks.stats().bySeries.length).toBeLessThanOrEqual(MAX_SERIES + 51);
    expect(tasks.stats().total).toMatchObject({ spawned: NAMES, completed: NAMES });
  });

  describe.each(Object.keys(texts) as (keyof typeof texts)[])("on the route of %s", (route) => {
    test("are all counted, those beyond the bound as __other__ and as overflow", () => {
      const { samples } = parseExposition(texts[route]);
      const completed = samples.filter(({ name }) => name === "taskscope_tasks_completed_total");
      const sum = completed.reduce((total, { value }) => total + value, 0);
      expect(sum).toBe(NAMES);
      const other = completed
        .filter(({ labels }) => labels["task_name"] === "__other__")
        .reduce((total, { value }) => total + value, 0);
      const overflow = samples.find(({ name }) => name === "taskscope_series_overflow_total");
      expect(other).toBeGreaterThan(NAMES / 2);
      expect(overflow?.value).toBe(other);
    });

    test.skipIf(promtool.missing)(promtool.title("leave text that promtool finds nothing wrong with"), () => {
      const { status, stdout, stderr } = spawnSync(promtool.command, ["check", "metrics"], {
        input: `${texts[route].trim()}\n`,
        encoding: "utf8",
      });
      expect(`${stdout}${stderr}`).toBe("");
      expect(status).toBe(0);
      expect(texts[route]).not.toMatch(/^fake_total/m);
    });
  });
});

test("attributes by the thousand, and of ten megabytes each, are bounded", async () => {
  const bomb = Object.fromEntries(
    Array.from({ length: 1_000 }, (_, index) => [`key-${index}`, "x".repeat(1_000)]),
  );
  const huge = "y".repeat(10_000_000);
  const before = await settledHeapBytes();
  let open = (): void => {};
  const gate = new Promise<void>((resolve) => (open = resolve));
  const all = Array.from({ length: 200 }, (_, index) =>
    tasks.run(
      { name: "bomb", attributes: { ...bomb, [`huge-${index}`]: `${huge}${index}` } },
      async (context) => {
        for (let key = 0; key < 1_000; key += 1) context.setAttribute(`late-${key}`, `${huge}${key}`);
        await gate;
      },
    ),
  );
  const grown = (await settledHeapBytes()) - before;
  for (const { attributes } of tasks.list({ name: "bomb" })) {
    const sizes = Object.entries(attributes).map(([key, value]) => key.length + String(value).length);
    expect(sizes.length).toBeLessThanOrEqual(128);
    expect(Math.max(...sizes)).toBeLessThan(5_000);
  }
  // 200 tasks of 128 attributes with at most a few kilobytes each.
  expect(grown).toBeLessThan(200 * 128 * 5_000);
  open();
  await Promise.all(all);
}, 240_000);
