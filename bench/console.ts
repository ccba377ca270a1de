// How fluently the console draws: ten thousand rows, two thousand changes a second, scrolled all the while, in a real
// Chromium. Prints frames a second and the longest frame; asserts nothing, as a machine's frames are its own.
//
//   npm run build && npx tsx --tsconfig tsconfig.all.json bench/console.ts
import { chromium } from "playwright-core";
import { createTracker } from "taskscope";
import { httpApi } from "taskscope/http";

const ROWS = 10_000;
const CHANGES_PER_SECOND = 2_000;
const TICK_MS = 10;
const SECONDS = 8;

interface Frames {
  readonly count: number;
  readonly seconds: number;
  readonly p99Ms: number;
  readonly longestMs: number;
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
for (let row = 0; row < ROWS; row += 1)
  tasks.spawn({ name: `row ${row % 40}`, type: `type ${row % 5}` }, untilCancelled);

const browser = await chromium.launch({
  executablePath: process.env["CHROMIUM"] ?? "/usr/bin/chromium",
  args: ["--no-sandbox"],
});
const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
await page.goto(`${api.url}/#/tasks`);
await page.getByText("10,000 tasks").waitFor();
const still = await page.evaluate<Frames>(measure);

// A task that starts and ends is three events: spawned, started, completed.
let changes = 0;
const startedAtMs = performance.now();
const churn = setInterval(() => {
  const due = ((performance.now() - startedAtMs) / 1_000) * CHANGES_PER_SECOND;
  while (changes < due) {
    void tasks.run({ name: "short", type: "churn" }, async () => null);
    changes += 3;
  }
}, TICK_MS);
const changing = await page.evaluate<Frames>(measure);
const perSecond = changes / ((performance.now() - startedAtMs) / 1_000);
clearInterval(churn);

const show = (title: string, frames: Frames): void =>
  console.log(
    `${title}: ${(frames.count / frames.seconds).toFixed(0)} frames/s, p99 ${frames.p99Ms.toFixed(0)} ms, longest ${frames.longestMs.toFixed(0)} ms`,
  );
show(`${ROWS} rows, scrolled`, still);
show(`${ROWS} rows, scrolled, ${perSecond.toFixed(0)} changes/s`, changing);
await browser.close();
await tasks.shutdown({ drainMs: 0, graceMs: 0 });
