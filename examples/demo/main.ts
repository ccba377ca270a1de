// The demo: a small real service that reads the packages under node_modules and serves what it finds, and a client
// that keeps asking. Everything it does is tracked by taskscope.
//
//   npm run demo                             until Ctrl-C
//   npm run demo -- --seconds 20             for so long
//   npm run demo -- --fault failures=0.2     a fifth of the tasks fails; see --help for more
//   npm run demo -- --faults-on-stdin        type leak=50 to start a fault, leak=0 to end it
//
// What you will see
//   first   where things are: the service, its live console, its /metrics, OpenTelemetry's /metrics if --otel-port asks for it
//   then    what runs, by type: running, rate, failed, p95. A live table on a terminal, a line every 2 s elsewhere.
//           Alerts that Alertmanager posts to /alerts come up as a line each.
//   at last what was shut down, in order, and a table of all that ran.
//
// Where what is
//   options.ts         the command line               service.ts        the HTTP service
//   package-index.ts   which packages there are       client.ts         who asks it
//   package-reader.ts  wrapped functions              upkeep.ts         periodic and background work
//   catalog.ts         managed tasks: run, spawn      faults/           what --fault breaks
//   alert-inbox.ts     alerts that came in            live-summary.ts   what you see meanwhile
import { Hono } from "hono";
import { TaskscopeError, createTracker } from "taskscope";
import type { Tracker } from "taskscope";
import { blockedLoop } from "taskscope/forensics";
import { healthRules } from "taskscope/health";
import { httpApi, metricsPage } from "taskscope/http";
import { promClient } from "taskscope/prom-client";
import { AlertInbox, alertLine } from "./alert-inbox.ts";
import { Catalog } from "./catalog.ts";
import { Client } from "./client.ts";
import { ClosingSteps } from "./closing-steps.ts";
import { DemoError } from "./demo-error.ts";
import { Failures } from "./faults/failures.ts";
import { FaultBoard } from "./faults/fault-board.ts";
import { readFaults } from "./faults/fault-input.ts";
import { ifInstalled } from "./if-installed.ts";
import { LiveSummary } from "./live-summary.ts";
import { readOptions } from "./options.ts";
import type { DemoOptions } from "./options.ts";
import { PackageIndex } from "./package-index.ts";
import { PackageReader } from "./package-reader.ts";
import { RecordCache } from "./record-cache.ts";
import { Service, createRoutes } from "./service.ts";
import { StatsReader } from "./stats-reader.ts";
import { StopRequest } from "./stop-request.ts";
import { reportBySeries, reportTotal } from "./task-report.ts";
import { finalTable } from "./task-table.ts";
import { openTelemetry } from "./telemetry.ts";
import { Upkeep } from "./upkeep.ts";

const CACHED_RECORDS = 64;
const CACHED_FOR_MS = 10_000;

/** Starts everything, waits for a reason to stop, and shows what ran. What it starts it adds to `steps`. */
async function runDemo(options: DemoOptions, steps: ClosingSteps): Promise<void> {
  const output = options.json ? process.stderr : process.stdout;
  const say = (line: string): void => void output.write(`${line}\n`);
  const telemetry = await openTelemetry(options);
  // It listens before there is anything to serve: where it is, the API tells the taskscope command.
  let routes = new Hono();
  let tracker: Tracker | undefined;
  steps.add("tasks", () => (tracker === undefined ? Promise.resolve("none") : shutDown(tracker)));
  const service = await Service.listen(
    { fetch: (...asked) => routes.fetch(...asked) },
    options.host,
    options.port,
  );
  steps.add("server", () => service.close());
  const stats = new StatsReader();
  const prometheus = ifInstalled(() => {
    const plugin = promClient();
    return { plugin, registry: plugin.registry };
  });
  const page = metricsPage();
  const health = healthRules();
  // Whoever reaches the page may cancel: on this machine alone. Elsewhere that wants a token.
  const actions = options.host === "127.0.0.1";
  // One that a program drives is for that program, which may kill it: nobody is told of it.
  const announce = options.faultsOnStdin ? false : `${service.url}/console`;
  const api = ifInstalled(() => httpApi({ actions, health, announce }));
  const tasks = (tracker = createTracker({
    types: {
      network: { timeoutMs: 10_000 },
      indexing: { timeoutMs: 30_000, maxRunning: 16, expectedMs: 5_000 },
      maintenance: { timeoutMs: 10_000, onShutdown: "cancel" },
      background: { onShutdown: "cancel" },
    },
    plugins: [page, stats, health, blockedLoop(), prometheus.made?.plugin, api.made, telemetry].filter(
      (plugin) => plugin !== undefined,
    ),
  }));
  await whenReady(tasks, options);

  const stop = new StopRequest();
  const alerts = new AlertInbox();
  const failures = new Failures(0);
  const index = new PackageIndex(options.packagesDirectory);
  const cache = new RecordCache(CACHED_RECORDS, CACHED_FOR_MS);
  const catalog = new Catalog(tasks, new PackageReader(tasks, failures), index, cache);
  const metrics = prometheus.made?.registry;
  routes = createRoutes({ tasks, index, catalog, alerts, metrics, page, api: api.made });
  const upkeep = new Upkeep(tasks, index, cache, catalog);
  steps.add("upkeep", () => upkeep.stop());
  await upkeep.start();
  if (index.names.length === 0) throw new DemoError(`there are no packages in ${options.packagesDirectory}`);
  const { concurrency, ratePerSecond } = options;
  const client = new Client(tasks, {
    url: service.url,
    names: () => index.names,
    concurrency,
    ratePerSecond,
    failures,
  });
  steps.add("client", () => client.stop());
  const faults = new FaultBoard({ tasks, index, catalog, failures });
  steps.add("faults", () => faults.clear().then(() => "none"));
  await faults.apply(options.faults);
  client.start();

  stop.listen();
  if (options.seconds !== undefined) stop.after(options.seconds);
  say(`service: ${service.url} (${index.names.length} packages of ${options.packagesDirectory})`);
  const console = api.made === undefined ? undefined : `${service.url}/console/`;
  say(console === undefined ? `no console: ${"missing" in api ? api.missing : ""}` : `console: ${console}`);
  say(`metrics: ${service.url}/metrics`);
  say(`metrics, with exemplars: ${service.url}/metrics/built-in`);
  if (telemetry?.metricsUrl !== undefined) say(`metrics through OpenTelemetry: ${telemetry.metricsUrl}`);
  if (options.tracesUrl !== undefined) say(`traces: to ${options.tracesUrl}`);
  const summary = new LiveSummary(stats, alerts, output);
  summary.start();
  if (options.faultsOnStdin) {
    const stopListening = readFaults(process.stdin, faults, say, () => stop.request("the input has ended"));
    steps.add("fault input", async () => stopListening());
  }
  const reason = await stop.reason;
  summary.stop();

  say(`shutting down: ${reason}`);
  if (!(await steps.close(say))) process.exitCode = 1;
  for (const alert of alerts.all) say(alertLine(alert));
  const { series } = stats.read();
  const rows = reportBySeries(series).filter((row) => row.spawned > 0);
  const total = reportTotal(series);
  if (options.json) {
    const outcome = { service: service.url, console, reason, tasks: rows, total, alerts: alerts.all };
    process.stdout.write(`${JSON.stringify(outcome, undefined, 2)}\n`);
  } else say(finalTable(rows, total));
}

/** Waits for the plugins. The OpenTelemetry route may find its port taken. */
async function whenReady(tasks: Tracker, { host, otelPort }: DemoOptions): Promise<void> {
  try {
    await tasks.ready;
  } catch (error) {
    if (!(error instanceof TaskscopeError && error.code === "TASKSCOPE_PORT_IN_USE")) throw error;
    throw new DemoError(
      `port ${otelPort} on ${host} is in use; choose another with --otel-port (0: any free one)`,
    );
  }
}

async function shutDown(tasks: Tracker): Promise<string> {
  const { completed, cancelled, unresponsive } = await tasks.shutdown({ drainMs: 3_000, graceMs: 1_000 });
  return `ended (${completed} completed, ${cancelled} cancelled, ${unresponsive.length} of them unresponsive)`;
}

const steps = new ClosingSteps();
try {
  await runDemo(readOptions(process.argv), steps);
} catch (error) {
  process.exitCode = 1;
  await steps.close(() => undefined);
  console.error(error instanceof DemoError ? `demo: ${error.message}` : error);
}
