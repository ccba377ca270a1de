/**
 * `tsx bench/soak.ts`: does the heap stay flat? Restarts, cancellations, timeouts, refusals and random failures at a steady rate.
 *
 *   --minutes N   how long (default 10)
 *   --every N     seconds between two looks at the heap (default 30)
 *   --rate N      tasks a second (default 2000)
 *
 * For each look the feed pauses until nothing runs, what is kept on purpose is swept, and garbage is collected. Exit code 1: the heap
 * grows beyond its noise, or the books do not balance. Runs on the sources' build, by the package's name.
 */
import { performance } from "node:perf_hooks";
import { parseArgs } from "node:util";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { Registry } from "prom-client";
import { createTracker, fixed, type Tracker } from "taskscope";
import { promClient } from "taskscope/prom-client";
import { lineThrough, type Line } from "./regression.ts";
import { tableAsText } from "./table.ts";

interface Look {
  readonly atMs: number;
  readonly heapBytes: number;
}

const { values } = parseArgs({
  options: {
    minutes: { type: "string", default: "10" },
    every: { type: "string", default: "30" },
    rate: { type: "string", default: "2000" },
  },
});
const durationMs = positive("minutes", values.minutes) * 60_000;
const everyMs = positive("every", values.every) * 1_000;
const tasksPerSecond = positive("rate", values.rate);

function positive(name: string, text: string): number {
  const value = Number(text);
  if (!(value > 0)) throw new TypeError(`--${name} takes a number above 0, got "${text}"`);
  return value;
}

setFlagsFromString("--expose-gc");
// Compiled code and its data lie in the heap too, and come and go for many minutes: more than what is looked for.
setFlagsFromString("--no-opt");
setFlagsFromString("--no-sparkplug");
const collectGarbage = runInNewContext("gc") as () => void;

let state = 20_260_101;
/** The same sequence in every run: 0 up to, not including, 1. */
function random(): number {
  state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
  return state / 2 ** 32;
}

const lasting = (ms: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, ms);
  });

async function work(): Promise<number> {
  await lasting(1 + random() * 10);
  if (random() < 0.2) throw new RangeError("random failure");
  return 1;
}

async function listen({ signal }: { readonly signal: AbortSignal }): Promise<void> {
  await new Promise((_, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason as Error), { once: true });
  });
}

const foreign = new AbortController();

/** Starts one task, of a kind that chance decides. */
function feed(tasks: Tracker, wrapped: () => Promise<number>): void {
  const kind = Math.floor(random() * 10);
  if (kind <= 1) void wrapped().catch(() => {});
  else if (kind <= 3) {
    tasks.trySpawn(
      {
        name: "restarted",
        type: "net",
        restart: {
          when: "on-failure",
          maxRestarts: 3,
          backoff: fixed({ delayMs: 5 }),
        },
      },
      work,
    );
  } else if (kind === 4) {
    const task = tasks.trySpawn({ name: "cancelled", type: "net" }, listen);
    setTimeout(() => task?.cancel("soak"), 1 + random() * 20);
  } else if (kind === 5) tasks.trySpawn({ name: "timed-out", type: "net", timeoutMs: 5 }, listen);
  else if (kind === 6) {
    tasks.trySpawn({ name: "zombie", type: "db", timeoutMs: 3, cancelGraceMs: 5 }, () => lasting(15));
  } else if (kind === 7) {
    const key = `key-${Math.floor(random() * 5)}`;
    tasks.trySpawn({ name: "keyed", type: "db", key, onDuplicate: "replace" }, work);
  } else if (kind === 8) tasks.trySpawn({ name: "given", type: "db", signal: foreign.signal }, work);
  else {
    tasks.trySpawn("parent", async ({ spawn }) => {
      spawn("child", listen);
      await spawn({ name: "child", priority: 1 }, work).outcome;
      throw new Error("parent fails");
    });
  }
}

async function look(tasks: Tracker, registry: Registry): Promise<number> {
  tasks.cancelWhere({ name: "child" }, "look");
  await tasks.whenIdle({ timeoutMs: 30_000 });
  // Bodies that go on after their task has ended.
  await lasting(100);
  await registry.metrics();
  tasks.sweep(0);
  for (let pass = 0; pass < 6; pass += 1) {
    await lasting(2);
    collectGarbage();
  }
  return process.memoryUsage().heapUsed;
}

/** Feeds at the rate until `untilMs`; what the loop missed while it was busy is made up for, up to a second's worth. */
async function feedUntil(tasks: Tracker, wrapped: () => Promise<number>, untilMs: number): Promise<void> {
  let fedMs = performance.now();
  while (performance.now() < untilMs) {
    await lasting(10);
    const nowMs = performance.now();
    const due = Math.floor((Math.min(nowMs - fedMs, 1_000) / 1_000) * tasksPerSecond);
    for (let index = 0; index < due; index += 1) feed(tasks, wrapped);
    fedMs = nowMs;
    // A child that only listens ends with its parent's cancellation, never with its failure: somebody has to.
    tasks.cancelWhere({ name: "child", olderThanMs: 500 }, "old");
  }
}

async function main(): Promise<void> {
  const registry = new Registry();
  const tasks = createTracker({
    plugins: [promClient({ registry })],
    limits: { maxRunning: 400, maxQueued: 200 },
    types: { db: { maxRunning: 100, startsPerSecond: 500 } },
  });
  const wrapped = tasks.wrap({ name: "wrapped", type: "net" }, work);
  const startMs = performance.now();
  const looks: Look[] = [];
  const lines: string[][] = [];
  // One interval more, before the first look: what is made once is made, and hot code is compiled.
  for (let untilMs = startMs + everyMs; untilMs <= startMs + everyMs + durationMs + 1; untilMs += everyMs) {
    await feedUntil(tasks, wrapped, untilMs);
    const heapBytes = await look(tasks, registry);
    const { spawned, completed, failed, cancelled, restarted, rejected, unresponsive } = tasks.stats().total;
    looks.push({ atMs: performance.now() - startMs, heapBytes });
    const cells = [spawned, completed, failed, cancelled, restarted, rejected, unresponsive];
    lines.push([
      `${Math.round((performance.now() - startMs) / 1_000)} s`,
      heapBytes.toLocaleString("en"),
      ...cells.map((cell) => cell.toLocaleString("en")),
    ]);
    process.stderr.write(`${lines.at(-1)?.slice(0, 3).join("  ")}\n`);
    if (spawned !== completed + failed + cancelled || unresponsive > 0) {
      throw new Error(`the books do not balance: ${JSON.stringify(tasks.stats().total)}`);
    }
  }
  const line = lineThrough(looks.map(({ atMs, heapBytes }) => [atMs / 60_000, heapBytes]));
  console.log(
    tableAsText({
      title: "Heap after collection",
      header: [
        "At",
        "Heap, bytes",
        "Spawned",
        "Completed",
        "Failed",
        "Cancelled",
        "Restarted",
        "Refused",
        "Unresponsive",
      ],
      textColumns: 0,
      lines,
    }),
  );
  console.log(`\n${verdict(line)}`);
  if (line.low > 0) process.exitCode = 1;
  await tasks.shutdown();
}

function verdict({ slope, low, high, noise }: Line): string {
  const number = (value: number): string => Math.round(value).toLocaleString("en");
  const grows = low > 0 ? "The heap grows." : "Within noise.";
  return `Slope ${number(slope)} bytes a minute, 95 % interval ${number(low)} to ${number(high)}; looks scatter by ${number(noise)} bytes around it. ${grows}`;
}

await main();
