import { createTracker } from "taskscope";
import { metricsPage } from "taskscope/http";
import { assertNumber } from "./batch.ts";
import { longestPiece } from "./longest-piece.ts";
import { median } from "./statistics.ts";
import { caseNames, type BatchPlan, type BatchRun } from "./bench-case.ts";

const SERIES = 1_000;
const RUNNING = 100_000;
/** Pages a sample: one alone would be measured with whatever garbage collection happens to fall into it. */
const PAGES = 40;
/** As Prometheus asks. */
const ACCEPT = "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5";

/** P7: one page of the built-in writer, of series with both histograms, with and without many running tasks. */
export const scrapePlan: BatchPlan = {
  measure: "batch",
  cases: [
    { name: caseNames.scrape, items: PAGES, prepare: () => scrapes(0) },
    { name: caseNames.scrapeBusy, items: PAGES, prepare: () => scrapes(RUNNING) },
  ],
};

async function scrapes(running: number): Promise<BatchRun> {
  const page = metricsPage();
  const tasks = createTracker({
    context: false,
    limits: { maxSeries: SERIES },
    plugins: [page],
  });
  const specs = Array.from({ length: SERIES }, (_, index) => ({
    name: `some-task-name-${index}`,
    type: `type-${index % 20}`,
  }));
  for (const spec of specs) await tasks.run(spec, () => 1);
  let open = (): void => {};
  const gate = new Promise<void>((resolve) => (open = resolve));
  const waits = specs.map((spec) => tasks.wrap(spec, () => gate));
  for (let index = 0; index < running; index += 1) void waits[index % SERIES]?.();
  // As on every scrape but the first.
  await page.render(ACCEPT);
  let body = "";
  const longestMs: number[] = [];
  return {
    work: async () => {
      for (let index = 0; index < PAGES; index += 1) {
        const longest = longestPiece();
        body = (await page.render(ACCEPT)).body;
        longestMs.push(await longest());
      }
    },
    longestPieceNs: () => median(longestMs) * 1e6,
    verify: async () => {
      const count = (line: RegExp): number => body.match(line)?.length ?? 0;
      assertNumber("series", count(/^taskscope_tasks_spawned_total\{/gm), SERIES);
      assertNumber("histograms", count(/^taskscope_task_\w+_seconds_count\{/gm), 2 * SERIES);
      const isRunning = /^taskscope_tracker_tasks\{state="running"\} (\d+)$/m.exec(body)?.[1];
      assertNumber("running tasks on the page", Number(isRunning), running);
      if (!body.endsWith("# EOF\n")) throw new Error("the page has no end");
      // Tasks that went on would be in the heap of all further samples.
      open();
      await tasks.whenIdle();
      await tasks.shutdown({ drainMs: 0, graceMs: 0 });
    },
  };
}
