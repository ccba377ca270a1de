/**
 * `tsx bench/console-cost.ts`: what does a process that runs 100,000 tasks a second pay for a console that somebody looks at?
 *
 *   --seconds N   how long each slice of load takes (default 4)
 *   --pairs N     slices with and without the console, in an order that rotates (default 8; 6 are the fewest for a 95 % interval)
 *   --rate N      tasks a second (default 100000)
 *   --series N    pairs of type and name that they belong to (default 50)
 *   --view V      which page is open: overview, tasks, tree, warnings or alerts (default tasks, which asks for most)
 *
 * The same load runs through a tracker without plugins and through one with `httpApi()`, whose console is open in a real Chromium: with its
 * stream of events and all that it asks for. The browser is driven by a process of its own, so that the CPU time measured is the
 * server's alone. Exit code 1: the ratio is above 1.1 by its whole interval, or the work done and the counts disagree.
 */
import { fork } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { performance } from "node:perf_hooks";
import { parseArgs } from "node:util";
import { createTracker } from "taskscope";
import type { Tracker } from "taskscope";
import { httpApi } from "taskscope/http";
import { estimate, median } from "./statistics.ts";
import { tableAsText } from "./table.ts";

const MOST = 1.1;
/** A batch of this many milliseconds at a time: waking up is not what is measured. */
const TICK_MS = 5;
const SETTLING_SECONDS = 1;

const { values } = parseArgs({
  options: {
    seconds: { type: "string", default: "4" },
    pairs: { type: "string", default: "8" },
    rate: { type: "string", default: "100000" },
    series: { type: "string", default: "50" },
    view: { type: "string", default: "tasks" },
    /** For the process that drives the browser. */
    browse: { type: "boolean", default: false },
  },
});

if (values.browse) await browse();
else await measure();

/** Opens the page that the parent names, says when it is live, and closes it on an empty name. */
async function browse(): Promise<void> {
  const { chromium } = await import("playwright-core");
  const browser = await chromium.launch({
    executablePath: process.env["CHROMIUM"] ?? "/usr/bin/chromium",
    args: ["--no-sandbox"],
  });
  const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
  process.on("disconnect", () => void browser.close());
  process.on("message", (url: string) => void show(url));
  async function show(url: string): Promise<void> {
    await page.goto(url === "" ? "about:blank" : url);
    if (url !== "") await page.getByRole("status").filter({ hasText: "live" }).waitFor();
    process.send?.(url);
  }
}

interface Way {
  readonly tasks: Tracker;
  readonly functions: readonly ((given: number) => Promise<number>)[];
  /** CPU nanoseconds a task, slice by slice. */
  readonly nsATask: number[];
  started: number;
}

async function measure(): Promise<void> {
  const [seconds, pairs, rate, series] = (["seconds", "pairs", "rate", "series"] as const).map(positive) as [
    number,
    number,
    number,
    number,
  ];
  const work = async (given: number): Promise<number> => {
    // oxlint-disable-next-line typescript/await-thenable, unicorn/no-unnecessary-await -- one turn of the microtask queue
    await null;
    return given;
  };
  const wayOf = (tasks: Tracker): Way => ({
    tasks,
    functions: Array.from({ length: series }, (_, index) =>
      tasks.wrap({ name: `load-${index}`, type: `type-${index % 5}` }, work),
    ),
    nsATask: [],
    started: 0,
  });
  const api = httpApi({ listen: { port: 0 } });
  const ways = {
    alone: wayOf(createTracker({ context: false })),
    watched: wayOf(createTracker({ context: false, plugins: [api] })),
  };
  await ways.watched.tasks.ready;
  const reader = fork(fileURLToPath(import.meta.url), ["--browse"]);

  async function slice(name: keyof typeof ways): Promise<void> {
    const way = ways[name];
    if (name === "watched") await open(reader, `${api.url}/#/${values.view}`);
    // That there is too much to follow is found out once: what it costs from then on is the question.
    way.started += await load(way.functions, rate, SETTLING_SECONDS);
    const cpu = process.cpuUsage();
    const started = await load(way.functions, rate, seconds);
    const { user, system } = process.cpuUsage(cpu);
    way.nsATask.push(((user + system) * 1_000) / started);
    way.started += started;
    if (name === "watched") await open(reader, "");
  }

  // Once unmeasured, so that all of it is compiled.
  for (const name of ["alone", "watched"] as const) {
    await slice(name);
    ways[name].nsATask.length = 0;
  }
  for (let pair = 0; pair < pairs; pair += 1)
    for (const name of pair % 2 === 0 ? (["alone", "watched"] as const) : (["watched", "alone"] as const))
      await slice(name);
  const { streams } = (await (await api.fetch(new Request("http://localhost/stats"))).json()) as {
    streams: object;
  };
  reader.disconnect();

  const ratios = ways.watched.nsATask.map((ns, pair) => ns / (ways.alone.nsATask[pair] ?? Number.NaN));
  const { median: ratio, low, high, confidence } = estimate(ratios);
  console.log(
    tableAsText({
      title: `CPU of a process with ${rate.toLocaleString("en")} tasks a second in ${series} series, ${values.view} open`,
      header: ["Tracker", "Tasks", "CPU ns a task", "Ratio", `${(confidence * 100).toFixed(0)} % interval`],
      textColumns: 1,
      lines: [
        ["no plugin", ways.alone.started.toLocaleString("en"), median(ways.alone.nsATask).toFixed(0), "", ""],
        [
          "API, console open",
          ways.watched.started.toLocaleString("en"),
          median(ways.watched.nsATask).toFixed(0),
          ratio.toFixed(3),
          `${low.toFixed(3)} – ${high.toFixed(3)}`,
        ],
      ],
    }),
  );
  console.log(`streams: ${JSON.stringify(streams)}`);
  const failures: string[] = [];
  if (low > MOST) failures.push(`the ratio is above ${MOST}`);
  for (const [name, { tasks, started }] of Object.entries(ways)) {
    await tasks.whenIdle({ timeoutMs: 10_000 });
    const { completed } = tasks.stats().total;
    if (completed !== started) failures.push(`${name}: ${started} tasks were started, ${completed} counted`);
    await tasks.shutdown({ drainMs: 0, graceMs: 0 });
  }
  for (const failure of failures) console.error(failure);
  process.exitCode = failures.length === 0 ? 0 : 1;
}

/** Has the browser show an address, or nothing, and waits until it does. */
async function open(reader: ChildProcess, url: string): Promise<void> {
  const isAnswered = new AbortController();
  const { signal } = isAnswered;
  const heard = Promise.race([once(reader, "message", { signal }), once(reader, "exit", { signal })]);
  reader.send(url);
  const [answer] = (await heard) as unknown[];
  isAnswered.abort();
  if (answer !== url) throw new Error(`the browser does not show ${url === "" ? "an empty page" : url}`);
}

/** Calls the functions in turn at a rate, and gives how many calls there were. */
function load(
  functions: readonly ((given: number) => Promise<number>)[],
  rate: number,
  seconds: number,
): Promise<number> {
  const beganMs = performance.now();
  let started = 0;
  return new Promise((resolve) => {
    const feed = setInterval(() => {
      const elapsed = Math.min((performance.now() - beganMs) / 1_000, seconds);
      for (const due = Math.floor(elapsed * rate); started < due; started += 1)
        void functions[started % functions.length]?.(started);
      if (elapsed < seconds) return;
      clearInterval(feed);
      resolve(started);
    }, TICK_MS);
  });
}

function positive(name: "seconds" | "pairs" | "rate" | "series"): number {
  const value = Number(values[name]);
  if (!(value > 0)) throw new TypeError(`--${name} takes a number above 0, got "${values[name]}"`);
  return value;
}
