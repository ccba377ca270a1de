// How fluently the console draws: ten thousand rows, two thousand changes a second, scrolled all the while, in a real
// Chromium. Half of the changes are of the rows themselves (progress), the others tasks that come and go. Prints frames a
// second, the longest frame, how busy the page was, and how many of the changes reached it; asserts nothing, as a
// machine's frames are its own.
//
//   npm run build && npx tsx bench/console.ts
import { chromium } from "playwright-core";
import { createTracker } from "taskscope";
import type { TaskContext } from "taskscope";
import { httpApi } from "taskscope/http";

const ROWS = 10_000;
const CHANGES_PER_SECOND = 2_000;
const TICK_MS = 10;
const SECONDS = 8;

/** Of all the changes, those of rows that stay. */
const PROGRESS_SHARE = 0.5;

interface Frames {
  readonly count: number;
  readonly seconds: number;
  readonly p99Ms: number;
  readonly longestMs: number;
  /** The share of the time that the page's one thread was busy: what it has left is what it can do without. */
  readonly busy: number;
}

const untilCancelled = ({ signal }: { readonly signal: AbortSignal }): Promise<never> =>
  new Promise((_, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason as Error));
  });

/** Runs in the page. */
const measure = `new Promise((resolve) => {
  const list = document.querySelector(".virtual");
  const gaps = [];
  const startedAt = performance.now();
  let last = startedAt;
  const frame = (now) => {
    gaps.push(now - last);
    last = now;
    list.scrollTop += 40;
    if (now - startedAt < ${SECONDS * 1_000}) return requestAnimationFrame(frame);
    gaps.sort((a, b) => a - b);
    resolve({
      count: gaps.length,
      seconds: (now - startedAt) / 1000,
      p99Ms: gaps[Math.floor(gaps.length * 0.99)],
      longestMs: gaps.at(-1),
    });
  };
  requestAnimationFrame(frame);
})`;

const api = httpApi({ listen: { port: 0 } });
const tasks = createTracker({ plugins: [api] });
await tasks.ready;
const rows: TaskContext[] = [];
for (let row = 0; row < ROWS; row += 1)
  tasks.spawn({ name: `row ${row % 40}`, type: `type ${row % 5}` }, (context) => {
    rows.push(context);
    return untilCancelled(context);
  });

const browser = await chromium.launch({
  executablePath: process.env["CHROMIUM"] ?? "/usr/bin/chromium",
  args: ["--no-sandbox"],
});
const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
const devTools = await page.context().newCDPSession(page);
await devTools.send("Performance.enable");
await page.goto(`${api.url}/#/tasks`);
await page.getByText("10,000 tasks").waitFor();
const still = await frames();

// A task that starts and ends is three events: spawned, started, completed.
let changes = 0;
let progressed = 0;
const startedAtMs = performance.now();
const churn = setInterval(() => {
  const due = ((performance.now() - startedAtMs) / 1_000) * CHANGES_PER_SECOND;
  while (changes < due) {
    if (progressed < changes * PROGRESS_SHARE) {
      rows[progressed % ROWS]?.progress(progressed, ROWS * SECONDS);
      progressed += 1;
      changes += 1;
    } else {
      void tasks.run({ name: "short", type: "churn" }, async () => null);
      changes += 3;
    }
  }
}, TICK_MS);
const changing = await frames();
const perSecond = changes / ((performance.now() - startedAtMs) / 1_000);
clearInterval(churn);
const { streams } = (await (await api.fetch(new Request("http://localhost/stats"))).json()) as {
  streams: { eventsDropped: number; rests: number };
};

const show = (title: string, frames: Frames): void =>
  console.log(
    `${title}: ${(frames.count / frames.seconds).toFixed(1)} frames/s, p99 ${frames.p99Ms.toFixed(0)} ms, longest ${frames.longestMs.toFixed(0)} ms, busy ${(frames.busy * 100).toFixed(0)} %`,
  );
show(`${ROWS} rows, scrolled`, still);
show(`${ROWS} rows, scrolled, ${perSecond.toFixed(0)} changes/s`, changing);
console.log(`events that the page was too slow for: ${streams.eventsDropped}; rests: ${streams.rests}`);
await browser.close();
await tasks.shutdown({ drainMs: 0, graceMs: 0 });

async function busySeconds(): Promise<number> {
  const { metrics } = await devTools.send("Performance.getMetrics");
  return metrics.find(({ name }) => name === "TaskDuration")?.value ?? Number.NaN;
}

async function frames(): Promise<Frames> {
  const before = await busySeconds();
  const measured = await page.evaluate<Omit<Frames, "busy">>(measure);
  return { ...measured, busy: ((await busySeconds()) - before) / measured.seconds };
}
