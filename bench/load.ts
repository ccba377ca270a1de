/**
 * `tsx bench/load.ts`: what does a process feel that runs 100,000 tasks a second and is scraped every second?
 *
 *   --seconds N   how long under load, each way (default 60)
 *   --rate N      tasks a second (default 100000)
 *   --slices N    turns that the tracked and the untracked load take (default 6), in an order that rotates
 *
 * The same load is run bare and wrapped, with prom-client, OpenTelemetry's Prometheus exporter and the built-in page attached and all
 * three read each second. Feeding pauses while a page is made, so that the longest piece of it on the event loop is its own. Exit
 * code 1: a piece was longer than 15 ms, the load fell behind, or the exporters and the work done disagree.
 */
import { monitorEventLoopDelay, performance } from "node:perf_hooks";
import { parseArgs } from "node:util";
import { PrometheusExporter, PrometheusSerializer } from "@opentelemetry/exporter-prometheus";
import { MeterProvider } from "@opentelemetry/sdk-metrics";
import { Registry } from "prom-client";
import { createTracker } from "taskscope";
import { metricsPage } from "taskscope/http";
import { openTelemetry } from "taskscope/otel";
import { promClient } from "taskscope/prom-client";
import { longestPiece } from "./longest-piece.ts";
import { tableAsText } from "./table.ts";

const MAX_PIECE_MS = 15;
const SERIES = 50;

const { values } = parseArgs({
  options: {
    seconds: { type: "string", default: "60" },
    rate: { type: "string", default: "100000" },
    slices: { type: "string", default: "6" },
  },
});
const seconds = positive("seconds", values.seconds);
const rate = positive("rate", values.rate);
const slices = positive("slices", values.slices);

function positive(name: string, text: string): number {
  const value = Number(text);
  if (!(value > 0)) throw new TypeError(`--${name} takes a number above 0, got "${text}"`);
  return value;
}

const registry = new Registry();
const telemetry = openTelemetry();
const exporter = new PrometheusExporter({
  preventServerStart: true,
  metricProducers: [telemetry.metricProducer()],
});
new MeterProvider({ readers: [exporter] });
const serializer = new PrometheusSerializer();
const page = metricsPage();
const tasks = createTracker({ context: false, plugins: [telemetry, promClient({ registry }), page] });

const work = async (given: number): Promise<number> => {
  // oxlint-disable-next-line typescript/await-thenable, unicorn/no-unnecessary-await -- one turn of the microtask queue
  await null;
  return given;
};
const bare = Array.from({ length: SERIES }, () => work);
const wrapped = bare.map((fn, index) => tasks.wrap({ name: `load-${index}`, type: `type-${index % 5}` }, fn));

const pages = {
  "prom-client": () => registry.metrics(),
  "OpenTelemetry, collected": async () =>
    String((await exporter.collect()).resourceMetrics.scopeMetrics.length),
  "OpenTelemetry, and its text": async () => serializer.serialize((await exporter.collect()).resourceMetrics),
  "built-in": async () => (await page.render()).body,
} as const;
type Route = keyof typeof pages;
const routes = Object.keys(pages) as Route[];
const pieces = Object.fromEntries(routes.map((route) => [route, [] as number[]])) as Record<Route, number[]>;
/** The text of OpenTelemetry's exporter is written by OpenTelemetry, in one piece: shown, and held to nothing. */
const theirs: Route = "OpenTelemetry, and its text";

async function scrape(route: Route): Promise<string> {
  const longest = longestPiece();
  const body = await pages[route]();
  pieces[route].push(await longest());
  return body;
}

interface Felt {
  readonly delays: ReturnType<typeof monitorEventLoopDelay>;
  started: number;
  cpuMs: number;
}

async function load(functions: readonly ((given: number) => Promise<number>)[], felt: Felt): Promise<void> {
  const isTracked = functions === wrapped;
  let fedMs = performance.now();
  const endMs = fedMs + (seconds / slices) * 1_000;
  let scrapeMs = fedMs + 1_000;
  const cpu = process.cpuUsage();
  felt.delays.enable();
  while (fedMs < endMs) {
    await new Promise((resolve) => void setImmediate(resolve));
    let nowMs = performance.now();
    const due = Math.floor(((Math.min(nowMs, endMs) - fedMs) / 1_000) * rate);
    for (let index = 0; index < due; index += 1) void functions[index % SERIES]?.(index);
    felt.started += due;
    fedMs += (due / rate) * 1_000;
    if (endMs - fedMs < 1_000 / rate) break;
    if (nowMs < scrapeMs) continue;
    scrapeMs += 1_000;
    if (isTracked) for (const route of routes) await scrape(route);
    nowMs = performance.now();
  }
  felt.delays.disable();
  const { user, system } = process.cpuUsage(cpu);
  felt.cpuMs += (user + system) / 1_000;
}

const felt = {
  bare: { delays: monitorEventLoopDelay({ resolution: 1 }), started: 0, cpuMs: 0 },
  tracked: { delays: monitorEventLoopDelay({ resolution: 1 }), started: 0, cpuMs: 0 },
};
// Once unmeasured, so that both are compiled; and the first page of each route builds what later ones reuse.
await load(bare, { ...felt.bare, delays: monitorEventLoopDelay() });
await load(wrapped, { ...felt.tracked, delays: monitorEventLoopDelay() });
for (const route of routes) pieces[route].length = 0;
await tasks.whenIdle({ timeoutMs: 10_000 });
const before = tasks.stats().total.completed;
for (let slice = 0; slice < slices; slice += 1) {
  const order = slice % 2 === 0 ? (["bare", "tracked"] as const) : (["tracked", "bare"] as const);
  for (const way of order) await load(way === "bare" ? bare : wrapped, felt[way]);
}

const failures: string[] = [];
const ms = (value: number): string => value.toFixed(2);
console.log(
  tableAsText({
    title: `Event loop under ${rate.toLocaleString("en")} tasks a second, ${seconds} s each way`,
    header: ["Load", "Tasks", "CPU", "Delay p50, ms", "p99, ms", "p99.9, ms"],
    textColumns: 1,
    lines: Object.entries(felt).map(([way, { delays, started, cpuMs }]) => [
      way,
      started.toLocaleString("en"),
      `${((cpuMs / (seconds * 1_000)) * 100).toFixed(0)} %`,
      ms(delays.percentile(50) / 1e6),
      ms(delays.percentile(99) / 1e6),
      ms(delays.percentile(99.9) / 1e6),
    ]),
  }),
);
console.log(
  tableAsText({
    title: "\nLongest piece of a page on the event loop",
    header: ["Route", "Pages", "Median, ms", "Longest, ms"],
    textColumns: 1,
    lines: routes.map((route) => {
      const sorted = pieces[route].toSorted((a, b) => a - b);
      const longest = sorted.at(-1) ?? Number.NaN;
      if (!(longest <= MAX_PIECE_MS) && route !== theirs)
        failures.push(`a page of ${route} held the loop for ${ms(longest)} ms`);
      return [route, String(sorted.length), ms(sorted[sorted.length >> 1] ?? Number.NaN), ms(longest)];
    }),
  }),
);
for (const [way, { started }] of Object.entries(felt)) {
  if (started < seconds * rate * 0.99) failures.push(`the ${way} load fell behind: ${started} tasks`);
}
await tasks.whenIdle({ timeoutMs: 10_000 });
const completed = tasks.stats().total.completed - before;
if (completed !== felt.tracked.started)
  failures.push(`${felt.tracked.started} tasks were started, ${completed} counted`);
for (const route of routes) {
  if (route === "OpenTelemetry, collected") continue;
  const counted = Array.from(
    (await pages[route]()).matchAll(/^taskscope_tasks_completed_total\{.*\} (\d+)/gm),
  );
  const sum = counted.reduce((total, [, value]) => total + Number(value), 0);
  if (sum !== before + completed)
    failures.push(`${route} says ${sum} tasks, ${before + completed} were done`);
}
for (const failure of failures) console.error(failure);
await tasks.shutdown({ drainMs: 0, graceMs: 0 });
process.exitCode = failures.length === 0 ? 0 : 1;
