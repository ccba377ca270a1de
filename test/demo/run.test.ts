import { spawnSync } from "node:child_process";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import type { ExposedSample } from "../exporters/exposition.ts";
import { promtool } from "../ops/tools.ts";
import { startDemo } from "./start-demo.ts";
import type { DemoProcess } from "../../drills/demo-process.ts";
import { readTable } from "./printed-table.ts";
import { expectBalance, namesAndLabels, scrape, scrapeText, valuesOf } from "./scrape.ts";

const SLOW = { timeout: 240_000 };
const summaryLine = /^ +\d+ s \| .*total/;

/** Where the metrics are: through prom-client, by taskscope's own writer, through OpenTelemetry. */
async function routesOf(demo: DemoProcess): Promise<string[]> {
  const labels = ["metrics", "metrics, with exemplars", "metrics through OpenTelemetry"];
  return Promise.all(labels.map((label) => demo.said(label)));
}

test("a run tracks real work of at least five types and ends with a table that adds up", SLOW, async () => {
  const demo = startDemo("--seconds", "3");
  const { code, lines, errors } = await demo.end;
  expect(errors).toEqual([]);
  expect(code).toBe(0);
  const { rows, total } = readTable(lines);
  expect(new Set(rows.map((row) => row.type)).size).toBeGreaterThanOrEqual(5);
  for (const row of [...rows, total]) expect(row.spawned).toBe(row.completed + row.failed + row.cancelled);
  for (const column of ["spawned", "completed", "failed", "cancelled"] as const) {
    expect(rows.reduce((sum, row) => sum + row[column], 0)).toBe(total[column]);
  }
  expect(total.spawned).toBeGreaterThan(500);
  expect(total.failed).toBe(0);
  expect(lines.filter((line) => summaryLine.test(line))).not.toEqual([]);
});

test(
  "every scrape balances for each series, on three routes with the same names and labels",
  SLOW,
  async () => {
    const demo = startDemo("--otel-port", "0", "--fault", "failures=0.2", "--fault", "leak=5");
    const routes = await routesOf(demo);
    await demo.line(summaryLine);
    const seen = routes.map((): ExposedSample[] => []);
    for (let round = 0; round < 20; round += 1) {
      for (const [route, samples] of (await Promise.all(routes.map(scrape))).entries()) {
        expectBalance(samples);
        seen[route]?.push(...samples);
      }
    }
    const [promClient, builtIn, openTelemetry] = seen.map(namesAndLabels);
    expect(builtIn).toEqual(promClient);
    expect(openTelemetry).toEqual(promClient);
    demo.signal("SIGTERM");
    expect((await demo.end).code).toBe(0);
  },
);

test.skipIf(promtool.missing)(promtool.title("promtool accepts all routes"), SLOW, async () => {
  const demo = startDemo("--otel-port", "0", "--fault", "failures=0.2");
  const routes = await routesOf(demo);
  await demo.line(summaryLine);
  for (const route of routes) {
    const input = await scrapeText(route);
    const { status, stdout, stderr } = spawnSync(promtool.command, ["check", "metrics"], {
      input,
      encoding: "utf8",
    });
    expect(`${stdout}${stderr}`).toBe("");
    expect(status).toBe(0);
  }
});

test.for(["SIGINT", "SIGTERM"] as const)("%s ends it in order with exit code 0", SLOW, async (signal) => {
  const demo = startDemo();
  await demo.line(summaryLine);
  demo.signal(signal);
  const { code, lines, errors } = await demo.end;
  expect(errors).toEqual([]);
  expect(code).toBe(0);
  const end = lines.slice(lines.indexOf(`shutting down: ${signal}`));
  expect(end.slice(1, 6).map((line) => line.split(" (")[0])).toEqual([
    "faults: none",
    "client: closed",
    "upkeep: closed",
    "server: closed",
    "tasks: ended",
  ]);
  expect(readTable(end).total.spawned).toBeGreaterThan(0);
});

test(
  "a share of failures fails that share of each kind of task that can fail, and nothing else stops",
  SLOW,
  async () => {
    const demo = startDemo("--fault", "failures=0.2");
    const metrics = await demo.said("metrics");
    await demo.line(summaryLine);
    const samples = await scrape(metrics);
    const [spawned, running, failed] = ["spawned_total", "running", "failed_total"].map((part) =>
      valuesOf(samples, `taskscope_tasks_${part}`),
    );
    for (const series of ["file-io/read-file", "cpu/parse-manifest", "cpu/verify-archive"]) {
      const share = (spawned?.get(series) ?? 0) * 0.2;
      expect(share, series).toBeGreaterThan(2);
      expect(failed?.get(series), series).toBeLessThanOrEqual(share);
      // Those that are to fail and still run have not failed yet.
      expect(failed?.get(series), series).toBeGreaterThan(share - 1 - (running?.get(series) ?? Number.NaN));
    }
    demo.signal("SIGTERM");
    const { code, lines } = await demo.end;
    expect(code).toBe(0);
    expect(readTable(lines).total.failed).toBeGreaterThan(0);
  },
);

test("a leak leaves tasks running until the shutdown cancels them", SLOW, async () => {
  const demo = startDemo("--fault", "leak=100");
  const metrics = await demo.said("metrics");
  await demo.line(summaryLine);
  const running = valuesOf(await scrape(metrics), "taskscope_tasks_running");
  expect(running.get("background/reindex-package")).toBeGreaterThan(100);
  demo.signal("SIGTERM");
  const { code, lines } = await demo.end;
  expect(code).toBe(0);
  const row = readTable(lines).rows.find((candidate) => candidate.name === "reindex-package");
  expect(row?.cancelled).toBeGreaterThan(100);
});

test("--traces sends the spans to an OTLP receiver", SLOW, async () => {
  const bodies: Buffer[] = [];
  const receiver = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      if (request.url === "/v1/traces") bodies.push(Buffer.concat(chunks));
      response.writeHead(200, { "content-type": "application/x-protobuf" }).end();
    });
  });
  await new Promise<void>((resolve) => receiver.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void receiver.close());
  const { port } = receiver.address() as AddressInfo;
  const demo = startDemo("--seconds", "2", "--traces", `http://127.0.0.1:${port}/v1/traces`);
  expect((await demo.end).code).toBe(0);
  const received = Buffer.concat(bodies).toString("latin1");
  for (const name of ["taskscope-demo", "serve-package", "describe-package", "read-file", "fetch-package"]) {
    expect(received).toContain(name);
  }
});
