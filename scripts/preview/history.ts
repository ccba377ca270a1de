import { metricsPage } from "../../src/exporters/http/index.ts";
import { createTracker, fixed } from "../../src/index.ts";
import { ManualClock } from "../../src/testing/index.ts";

export interface History {
  /** OpenMetrics text with a timestamp on every sample, as `promtool tsdb create-blocks-from openmetrics` takes it. */
  readonly text: string;
  readonly fromMs: number;
  readonly toMs: number;
}

const HOURS = 8;
/** How often a sample is taken: often within the last hours, which are looked at closely. */
const FINE_HOURS = 2;
const FINE_SECONDS = 15;
const COARSE_SECONDS = 60;
/** What happens, in seconds before the end. */
const DEPLOY = 45 * 60;
const FAILURES = { from: 34 * 60, to: 22 * 60 };
const LEAK = 32 * 60;
const BLOCKED = { from: 20 * 60, to: 9 * 60 };

const types = {
  network: { timeoutMs: 10_000, expectedMs: 20_000 },
  database: { maxRunning: 8 },
  indexing: { maxRunning: 4, expectedMs: 60_000 },
  background: {},
};

interface Kind {
  readonly name: string;
  readonly type: keyof typeof types;
  readonly perSecond: number;
  readonly medianMs: number;
}

const kinds: readonly Kind[] = [
  { name: "get-user", type: "network", perSecond: 1.6, medianMs: 80 },
  { name: "list-orders", type: "network", perSecond: 0.8, medianMs: 220 },
  { name: "send-mail", type: "network", perSecond: 0.2, medianMs: 600 },
  { name: "find-orders", type: "database", perSecond: 1.4, medianMs: 30 },
  { name: "save-order", type: "database", perSecond: 0.4, medianMs: 55 },
  { name: "index-product", type: "indexing", perSecond: 0.25, medianMs: 4_000 },
  { name: "sync-stock", type: "background", perSecond: 0.05, medianMs: 9_000 },
];

/** Held from here: a promise that a collection could take would be proved lost, and its task ended. */
const lockThatNobodyGivesBack = new Promise<never>(() => undefined);

class MailServerError extends Error {}
class PoolExhaustedError extends Error {}

/** Numbers from 0 to 1, the same in every run. */
function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

function within(beforeEnd: number, { from, to }: { readonly from: number; readonly to: number }): boolean {
  return beforeEnd <= from && beforeEnd > to;
}

/** The event loop of a machine that stands still most of the time: its delay is measured, which here means nothing. */
function loopDelay(labels: string, scrapes: number, blocked: number): string[] {
  const bounds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];
  const share = (bound: number, scale: number): number => 1 - Math.exp(-bound / scale);
  const at = (bound: number): number =>
    (scrapes - blocked) * 750 * share(bound, 0.0016) + blocked * 750 * share(bound, 0.09);
  const name = "taskscope_event_loop_delay_seconds";
  return [
    ...bounds.map((bound) => `${name}_bucket{${labels},le="${bound}"} ${Math.round(at(bound))}`),
    `${name}_bucket{${labels},le="+Inf"} ${scrapes * 750}`,
    `${name}_count{${labels}} ${scrapes * 750}`,
    `${name}_sum{${labels}} ${scrapes * 1.2 + blocked * 67}`,
    // Of a plugin that watches the real loop: counted from its first block on.
    ...(blocked === 0
      ? []
      : [["list-orders", 2.6] as const, ["get-user", 0.5] as const].map(
          ([task, seconds]) =>
            `taskscope_event_loop_blocked_seconds_total{${labels},task_type="network",task_name="${task}"} ${(blocked * seconds).toFixed(3)}`,
        )),
  ];
}

/** One life of one instance, from its start to its end, sampled. */
async function liveOnce(
  instance: string,
  life: { readonly fromMs: number; readonly toMs: number; readonly endMs: number; readonly version?: string },
): Promise<string[]> {
  const labels = `job="shop",instance="${instance}"`;
  const random = numbers(instance.length + instance.charCodeAt(0) + (life.fromMs % 1_000_003));
  const clock = new ManualClock({ epochMs: life.fromMs });
  const page = metricsPage();
  const tasks = createTracker({ clock, types, plugins: [page] });
  const lines: string[] = [];
  let scrapes = 0;
  let blocked = 0;

  const start = (kind: Kind, beforeEnd: number): void => {
    const slow = within(beforeEnd, BLOCKED) && kind.type === "database" ? 40 : 1;
    const ms = kind.medianMs * slow * Math.exp(1.1 * (random() + random() + random() - 1.5));
    const failing = within(beforeEnd, FAILURES) && kind.name === "send-mail";
    const fails = random() < (failing ? 0.75 : 0.002);
    const body = ({ signal }: { readonly signal: AbortSignal }): Promise<void> =>
      new Promise((resolve, reject) => {
        signal.addEventListener("abort", () => reject(signal.reason as Error));
        const error = failing ? new MailServerError("421") : new PoolExhaustedError("no connection");
        clock.setTimer(() => (fails ? reject(error) : resolve()), ms, true);
      });
    const handle = tasks.spawn(
      {
        name: kind.name,
        type: kind.type,
        ...(kind.name === "send-mail"
          ? { restart: { maxRestarts: 1, backoff: fixed({ delayMs: 2_000 }) } }
          : {}),
      },
      body,
    );
    handle.result.catch(() => undefined);
    if (random() < 0.004) clock.setTimer(() => handle.cancel(), ms / 2, true);
  };

  for (let ms = life.fromMs; ms < life.toMs; ms += 1_000) {
    const beforeEnd = (life.endMs - ms) / 1_000;
    const day = 1 + 0.35 * Math.sin((ms / 3_600_000) * 1.7);
    for (const kind of kinds) {
      for (let owed = kind.perSecond * day; owed > 0; owed -= 1) if (random() < owed) start(kind, beforeEnd);
    }
    if (beforeEnd <= LEAK && instance.startsWith("10.0.0.2")) {
      for (let leaked = 0; leaked < 4; leaked += 1)
        tasks.spawn(
          { name: "wait-for-lock", type: "network", timeoutMs: Infinity },
          () => lockThatNobodyGivesBack,
        );
    }
    await clock.advance(1_000);
    const every = beforeEnd <= FINE_HOURS * 3_600 ? FINE_SECONDS : COARSE_SECONDS;
    if ((ms / 1_000 + 1) % every !== 0) continue;
    scrapes += every / 15;
    if (within(beforeEnd, BLOCKED) && instance.startsWith("10.0.0.1")) blocked += every / 15;
    const { body } = await page.render("text/plain");
    const atSeconds = Math.round(ms / 1_000) + 1;
    const samples = body
      .split("\n")
      .filter((line) => line !== "" && !line.startsWith("#") && !line.includes("event_loop_delay"))
      .map((line) => {
        const [, name = "", own = "", value = ""] = /^(\w+)(?:\{(.*)\})? (\S+)$/.exec(line) ?? [];
        const text = own === "" ? labels : `${labels},${own}`;
        return `${name}{${text}} ${value}`;
      });
    samples.push(
      `up{${labels}} 1`,
      `scrape_duration_seconds{${labels}} ${0.004 + 0.003 * random()}`,
      `process_start_time_seconds{${labels}} ${life.fromMs / 1_000}`,
      ...loopDelay(labels, scrapes, blocked),
    );
    for (const sample of samples) {
      const shown =
        life.version === undefined ? sample : sample.replace(/version="[^"]+"/, `version="${life.version}"`);
      lines.push(`${shown} ${atSeconds}`);
    }
  }
  return lines;
}

/**
 * Hours of a small shop with two instances, lived through in seconds by the real library on a manual clock, so that every name
 * is one that the library exports. In its last hour: a deploy, a mail server that is down, a leak, and a slow database.
 */
export async function generateHistory(toMs: number): Promise<History> {
  const endMs = Math.floor(toMs / 60_000) * 60_000;
  const fromMs = endMs - HOURS * 3_600_000;
  const lives: string[][] = [];
  for (const [index, instance] of ["10.0.0.1:9464", "10.0.0.2:9464"].entries()) {
    const deployMs = endMs - DEPLOY * 1_000 + index * 60_000;
    lives.push(await liveOnce(instance, { fromMs, toMs: deployMs - 20_000, endMs, version: "0.0.9" }));
    lives.push(await liveOnce(instance, { fromMs: deployMs, toMs: endMs, endMs }));
  }
  return { text: `${lives.flat().join("\n")}\n# EOF\n`, fromMs, toMs: endMs };
}
