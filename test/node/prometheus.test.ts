import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { connect, createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { createTracker } from "taskscope";
import type { Tracker } from "taskscope";
import { nodeTelemetry } from "taskscope/node";
import type { NodeTelemetryPlugin } from "taskscope/node";
import { promClient } from "taskscope/prom-client";
import { afterEach, describe, expect, test, vi } from "vitest";
import { expectBalance, exposedCounts } from "../exporters/balance.ts";
import { canonicalLines, parseExposition } from "../exporters/exposition.ts";
import { ManualClock } from "../exporters/manual-clock.ts";
import { runWorkload } from "../exporters/workload.ts";
import { promtool } from "../ops/tools.ts";

let tasks: Tracker | undefined;
afterEach(async () => {
  vi.unstubAllEnvs();
  await tasks?.shutdown();
  tasks = undefined;
});

const freePort = { prometheus: { port: 0 } };

async function scrape(plugin: NodeTelemetryPlugin): Promise<string> {
  const response = await fetch(plugin.metricsUrl ?? "no URL");
  expect(response.status).toBe(200);
  return response.text();
}

describe("the endpoint for Prometheus", () => {
  test("is there when the tracker is ready, on 127.0.0.1, and says what it serves", async () => {
    const plugin = nodeTelemetry({ serviceName: "shop", ...freePort });
    tasks = createTracker({ plugins: [plugin] });
    expect(plugin.metricsUrl).toBeUndefined();
    await tasks.ready;
    tasks.wrap("work", () => {})();
    expect(plugin.metricsUrl).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/metrics$/);
    const response = await fetch(plugin.metricsUrl ?? "");
    expect(response.headers.get("content-type")).toBe("text/plain; version=0.0.4; charset=utf-8");
    const text = await response.text();
    expect(text).toMatch(/^target_info\{.*service_name="shop".*\} 1$/m);
    expect(text).toContain('taskscope_tasks_spawned_total{task_type="general",task_name="work"} 1');
  });

  test("tells nobody the command line of the process", async () => {
    const plugin = nodeTelemetry(freePort);
    tasks = createTracker({ plugins: [plugin] });
    await tasks.ready;
    expect(await scrape(plugin)).not.toMatch(/process_command|process_executable|process_owner/);
  });

  test("is closed at shutdown though a client never ends its request", async () => {
    const warnings: string[] = [];
    const plugin = nodeTelemetry(freePort);
    const closing = createTracker({
      plugins: [plugin],
      diag: { warn: (message) => void warnings.push(message) },
    });
    await closing.ready;
    const { hostname, port } = new URL(plugin.metricsUrl ?? "");
    const socket = connect(Number(port), hostname);
    const request = "GET /metrics HTTP/1.1\r\nHost: test\r\n";
    socket.write(`${request}\r\n${request}`);
    await once(socket, "data");
    socket.on("error", () => {});
    await closing.shutdown();
    expect(warnings).toEqual([]);
    socket.destroy();
  });

  test("has one path and answers GET", async () => {
    const plugin = nodeTelemetry(freePort);
    tasks = createTracker({ plugins: [plugin] });
    await tasks.ready;
    const url = plugin.metricsUrl ?? "";
    expect((await fetch(new URL("/", url))).status).toBe(404);
    expect((await fetch(url, { method: "POST" })).status).toBe(405);
    expect((await fetch(`${url}?name[]=up`)).status).toBe(200);
  });

  test("gives the names, labels and values that the prom-client route gives", async () => {
    const [plugin, prom] = [nodeTelemetry(freePort), promClient()];
    const clock = new ManualClock();
    tasks = createTracker({ clock, plugins: [plugin, prom] });
    await tasks.ready;
    const finish = await runWorkload(tasks, clock);
    const served = parseExposition(await scrape(plugin));
    const expected = parseExposition(await prom.registry.metrics());
    const lines = canonicalLines({
      ...served,
      samples: served.samples.filter(({ name }) => name !== "target_info"),
    });
    expect(lines).toEqual(canonicalLines(expected));
    await finish();
  });

  test.skipIf(promtool.missing)(promtool.title("gives promtool nothing to complain about"), async () => {
    const plugin = nodeTelemetry(freePort);
    const clock = new ManualClock();
    tasks = createTracker({ clock, plugins: [plugin] });
    await tasks.ready;
    const finish = await runWorkload(tasks, clock);
    const { stdout, stderr } = spawnSync(promtool.command, ["check", "metrics"], {
      input: await scrape(plugin),
      encoding: "utf8",
    });
    expect(`${stdout}${stderr}`).toBe("");
    await finish();
  });

  test("balances in every scrape under load", async () => {
    const plugin = nodeTelemetry(freePort);
    tasks = createTracker({ plugins: [plugin] });
    await tasks.ready;
    const work = tasks.wrap("work", async (turns: number) => {
      for (let turn = 0; turn < turns; turn += 1) await null;
      if (turns % 5 === 0) throw new RangeError("every fifth");
    });
    let isStopped = false;
    const load = (): void => {
      for (let turns = 0; turns < 20; turns += 1) work(turns).catch(() => {});
      if (!isStopped) setImmediate(load);
    };
    load();
    for (let count = 0; count < 20; count += 1) {
      const exposed = exposedCounts(await scrape(plugin));
      expect(exposed.get("work")?.spawned).toBeGreaterThan(0);
      expectBalance(exposed);
    }
    isStopped = true;
  });

  test("is gone after the tracker's shutdown, and may be opened again", async () => {
    const plugin = nodeTelemetry(freePort);
    tasks = createTracker({ plugins: [plugin] });
    await tasks.ready;
    const url = plugin.metricsUrl ?? "";
    await tasks.shutdown();
    await expect(fetch(url)).rejects.toThrow();
    expect(plugin.metricsUrl).toBeUndefined();
    tasks = createTracker({ plugins: [nodeTelemetry({ prometheus: { port: Number(new URL(url).port) } })] });
    await tasks.ready;
    expect((await fetch(url)).status).toBe(200);
  });

  test("serves two trackers that share the plugin, and closes with the second", async () => {
    const plugin = nodeTelemetry(freePort);
    const first = createTracker({ plugins: [plugin] });
    tasks = createTracker({ plugins: [plugin] });
    await Promise.all([first.ready, tasks.ready]);
    first.wrap("work", () => {})();
    tasks.wrap("work", () => {})();
    expect(exposedCounts(await scrape(plugin)).get("work")?.spawned).toBe(2);
    await first.shutdown();
    expect(exposedCounts(await scrape(plugin)).get("work")?.spawned).toBe(1);
  });

  test("a port in use fails `ready` with a code and the port, and nothing else", async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
    const { port } = other.address() as AddressInfo;
    const plugin = nodeTelemetry({ prometheus: { port } });
    tasks = createTracker({ plugins: [plugin] });
    await expect(tasks.ready).rejects.toMatchObject({
      code: "TASKSCOPE_PORT_IN_USE",
      message: expect.stringContaining(String(port)) as string,
    });
    expect(plugin.metricsUrl).toBeUndefined();
    expect(await tasks.run("work", () => 1)).toBe(1);
    await tasks.shutdown();
    await new Promise((resolve) => other.close(resolve));
  });

  test("the environment gives host and port, options come before it", async () => {
    vi.stubEnv("OTEL_EXPORTER_PROMETHEUS_HOST", "localhost");
    vi.stubEnv("OTEL_EXPORTER_PROMETHEUS_PORT", "0");
    const fromEnvironment = nodeTelemetry();
    tasks = createTracker({ plugins: [fromEnvironment] });
    await tasks.ready;
    expect(fromEnvironment.metricsUrl).toMatch(/^http:\/\/localhost:\d+\/metrics$/);
    await tasks.shutdown();
    const fromOptions = nodeTelemetry({ prometheus: { host: "127.0.0.1" } });
    tasks = createTracker({ plugins: [fromOptions] });
    await tasks.ready;
    expect(fromOptions.metricsUrl).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/metrics$/);
  });
});

test("a port of the environment that is none is told, and the default taken", async () => {
  vi.stubEnv("OTEL_EXPORTER_PROMETHEUS_PORT", "metrics");
  const warnings: string[] = [];
  const diag = { warn: (message: string): void => void warnings.push(message) };
  // An address of documentation, which no machine has: nothing is opened.
  tasks = createTracker({ diag, plugins: [nodeTelemetry({ prometheus: { host: "192.0.2.1" } })] });
  await expect(tasks.ready).rejects.toThrow("9464");
  expect(warnings).toContain(
    'nodeTelemetry(): OTEL_EXPORTER_PROMETHEUS_PORT is no port from 0 to 65535, but "metrics"; taking 9464',
  );
});

test("a bad option is named, and no header is shown", () => {
  const bad =
    (options: object): (() => unknown) =>
    () =>
      nodeTelemetry(options);
  expect(bad({ port: 1 })).toThrow(/nodeTelemetry\.port takes no value/);
  expect(bad({ prometheus: { port: 70_000 } })).toThrow(/nodeTelemetry\.prometheus\.port takes a port/);
  expect(bad({ prometheus: { host: "" } })).toThrow(/nodeTelemetry\.prometheus\.host/);
  expect(bad({ otlp: { url: "collector:4318" } })).toThrow(
    /nodeTelemetry\.otlp\.url takes an http or https URL/,
  );
  expect(bad({ spanProcessors: [{}] })).toThrow(/nodeTelemetry\.spanProcessors/);
  expect(bad({ otlp: { headers: "secret" } })).toThrow(
    /^nodeTelemetry\.otlp\.headers takes an object of strings(?!.*secret)/,
  );
});
