import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createTracker } from "taskscope";
import { metricsPage } from "taskscope/http";
import { openTelemetry } from "taskscope/otel";
import { expect, onTestFinished, test } from "vitest";
import { stringify } from "yaml";
import { recordSpans } from "../exporters/otel/span-recorder.ts";
import { findProgram } from "../../drills/programs.ts";
import { freePort } from "../../drills/server-program.ts";
import { programsAreRequired } from "./programs-are-required.ts";
import { runServer } from "./run-server.ts";

const prometheus = findProgram("PROMETHEUS", ["prometheus"]);
const missing = prometheus === undefined;
const hint = "prometheus is missing: apt-get install prometheus, or set PROMETHEUS to its path";
if (missing && !programsAreRequired) console.warn(`Skipped: ${hint}.`);

/** Serves on the loopback until the test ends. Gives its address. */
async function listen(handler: Parameters<typeof createServer>[1]): Promise<string> {
  const server = createServer(handler);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** Starts Prometheus with storage for exemplars. Gives its address. */
async function startPrometheus(target: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "taskscope-exemplars-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const config = join(folder, "prometheus.yml");
  const scrape = { job_name: "tasks", scrape_interval: "200ms", static_configs: [{ targets: [target] }] };
  await writeFile(config, stringify({ scrape_configs: [{ ...scrape, scrape_timeout: "200ms" }] }));
  const address = `127.0.0.1:${await freePort()}`;
  const args = [
    `--config.file=${config}`,
    `--storage.tsdb.path=${join(folder, "data")}`,
    `--web.listen-address=${address}`,
    "--enable-feature=exemplar-storage",
  ];
  await runServer(prometheus ?? "prometheus", args, `http://${address}/-/ready`);
  return address;
}

async function get<T>(address: string, path: string, query: Record<string, string>): Promise<T> {
  const response = await fetch(`http://${address}/api/v1/${path}?${new URLSearchParams(query).toString()}`);
  return ((await response.json()) as { data: T }).data;
}

interface StoredExemplars {
  readonly seriesLabels: Readonly<Record<string, string>>;
  readonly exemplars: readonly {
    readonly labels: Readonly<Record<string, string>>;
    readonly value: string;
  }[];
}

test.skipIf(missing && !programsAreRequired)(
  `a bucket in a real Prometheus leads to a span that was exported${missing ? ` (${hint})` : ""}`,
  { timeout: 240_000 },
  async () => {
    const recorder = recordSpans();
    const page = metricsPage();
    const tasks = createTracker({ plugins: [openTelemetry({ tracerProvider: recorder.provider }), page] });
    const scraped: string[] = [];
    const target = await listen((request, response) => {
      scraped.push(request.headers.accept ?? "");
      // Tasks of every outcome come and go with every scrape.
      void tasks.run({ name: 'say "hi"', type: "database" }, async () => null);
      void tasks.run("fails", () => Promise.reject(new RangeError("as it should"))).catch(() => undefined);
      tasks.spawn("stopped", () => new Promise(() => {})).cancel();
      page.handler(request, response);
    });
    const address = await startPrometheus(target);
    const range = { start: String(Date.now() / 1_000 - 60), end: String(Date.now() / 1_000 + 600) };
    const read = (metric: string): Promise<StoredExemplars[]> =>
      get(address, "query_exemplars", { ...range, query: `taskscope_${metric}_bucket` });
    await expect
      .poll(async () => (await read("task_duration_seconds")).length, { timeout: 240_000, interval: 100 })
      .toBeGreaterThanOrEqual(2);
    await expect.poll(() => scraped.length, { timeout: 240_000, interval: 100 }).toBeGreaterThan(5);

    const stored = [...(await read("task_duration_seconds")), ...(await read("task_spawn_latency_seconds"))];
    expect(new Set(stored.map(({ seriesLabels }) => seriesLabels["task_name"]))).toEqual(
      new Set(['say "hi"', "fails"]),
    );
    const exported = new Map(recorder.spans.map((span) => [span.spanContext().spanId, span]));
    for (const { seriesLabels, exemplars } of stored) {
      for (const { labels, value } of exemplars) {
        const span = exported.get(labels["span_id"] ?? "");
        expect(span?.spanContext().traceId).toBe(labels["trace_id"]);
        expect(span?.name).toBe(seriesLabels["task_name"]);
        expect(Number(value)).toBeLessThanOrEqual(Number(seriesLabels["le"]?.replace("+Inf", "Infinity")));
      }
    }
    const metric = (name: string): string => `sum by (task_name) (taskscope_tasks_${name})`;
    const parts = ["queued", "running", "completed_total", "failed_total", "cancelled_total"].map(metric);
    const difference = `${metric("spawned_total")} - (${parts.join(" + ")})`;
    const balance = await get<{ result: { value: [number, string] }[] }>(address, "query", {
      query: `max_over_time(abs(${difference})[1m:200ms])`,
    });
    expect(balance.result.map(({ value }) => value[1])).toEqual(["0", "0", "0"]);
    expect(
      (await get<{ result: { value: [number, string] }[] }>(address, "query", { query: "up" })).result,
    ).toMatchObject([{ value: [expect.any(Number), "1"] }]);
    expect(scraped.every((accept) => accept.includes("application/openmetrics-text"))).toBe(true);
    await tasks.shutdown({ drainMs: 0, graceMs: 0 });
  },
);
