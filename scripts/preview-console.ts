/**
 * Photographs the console as the demo shows it while faults are on, in a headless Chromium. Writes docs/images/console-*.png.
 *
 *   npm run docs:console
 *
 * Needs chromium (or its path in CHROMIUM). Takes a good minute: charts want something to show.
 */
import { readdirSync, rmSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";
import type { Page } from "playwright-core";
import { DemoProcess } from "../drills/demo-process.ts";

const images = fileURLToPath(new URL("../docs/images/", import.meta.url));
/** How much of the faults is on, and for how long before the first picture. */
const faults = ["failures=0.04", "stuck=3", "hung=2", "restarts=1", "leak=0.4"];
const WAIT_MS = 75_000;
const heights: Readonly<Record<number, number>> = { 1440: 900, 1024: 800, 400: 800 };

/** A picture of a view; `until` is what it must show before. */
interface Picture {
  readonly name: string;
  readonly view: string;
  readonly until: string;
  readonly width: number;
  readonly scheme: "light" | "dark";
}

const overviews = [1_440, 1_024, 400].flatMap((width) =>
  (["light", "dark"] as const).map((scheme): Picture => ({
    name: `overview-${width}-${scheme}`,
    view: "overview",
    until: ".series tbody tr",
    width,
    scheme,
  })),
);
const views: readonly Picture[] = [
  { name: "tasks", view: "tasks", until: ".row", width: 1_024, scheme: "light" },
  { name: "task", view: "", until: ".detail .columns", width: 1_024, scheme: "light" },
  { name: "tree", view: "tree", until: '[role="treeitem"]', width: 1_024, scheme: "dark" },
  { name: "warnings", view: "warnings", until: '[data-warning="stuck"] li', width: 1_024, scheme: "light" },
  { name: "alerts", view: "alerts", until: "main .card, main .empty", width: 1_024, scheme: "dark" },
  { name: "tasks-400", view: "tasks", until: ".row", width: 400, scheme: "dark" },
];

const demo = new DemoProcess(["--port", "0", "--faults-on-stdin"]);
const browser = await chromium.launch({
  executablePath: process.env["CHROMIUM"] ?? "/usr/bin/chromium",
  args: ["--no-sandbox"],
});
try {
  const url = await demo.said("console");
  // All pages look on from the beginning: a chart shows what its page has seen.
  const pictures = await Promise.all([...overviews, ...views].map((picture) => open(picture, url)));
  for (const fault of faults) await demo.setFault(fault);
  await new Promise((resolve) => setTimeout(resolve, WAIT_MS));
  for (const name of readdirSync(images)) if (name.startsWith("console-")) rmSync(`${images}${name}`);
  for (const { picture, page } of pictures) {
    await page.bringToFront();
    if (picture.name === "task") await page.goto(`${url}#/tasks/${await restartingTask(url)}`);
    await page.locator(picture.until).first().waitFor();
    // What was started inside something is young, and stands below what hangs.
    if (picture.name === "tree") await page.getByRole("tree").press("End");
    await page.screenshot({ path: `${images}console-${picture.name}.png` });
    process.stdout.write(`console-${picture.name}.png\n`);
  }
} finally {
  await browser.close();
  demo.signal("SIGTERM");
  await demo.end;
}

async function open(picture: Picture, url: string): Promise<{ picture: Picture; page: Page }> {
  const { width, scheme, view } = picture;
  const page = await browser.newPage({
    viewport: { width, height: heights[width] ?? 800 },
    colorScheme: scheme,
  });
  await page.goto(`${url}#/${view}`);
  return { picture, page };
}

/** A task with attempts behind it. */
async function restartingTask(url: string): Promise<number> {
  const { tasks } = (await (await fetch(`${url}tasks?limit=1000&sort=-durationMs`)).json()) as {
    tasks: { id: number; attempt: number; state: string }[];
  };
  const isOpen = ({ state }: { state: string }): boolean => state === "running" || state === "queued";
  const found = tasks.find((task) => task.attempt > 2 && isOpen(task)) ?? tasks.find(isOpen);
  if (found === undefined) throw new Error("the demo runs nothing");
  return found.id;
}
