import { chromium as launcher } from "playwright-core";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { execFileSync } from "node:child_process";
import { createTracker } from "taskscope";
import type { Tracker, TrackerOptions } from "taskscope";
import { httpApi } from "taskscope/http";
import type { HttpApiOptions } from "taskscope/http";
import { afterAll, onTestFinished } from "vitest";
import { chromium } from "../ops/tools.ts";

/** A body that goes on until it is cancelled. */
export const untilCancelled = ({ signal }: { readonly signal: AbortSignal }): Promise<never> =>
  new Promise((_, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason as Error));
  });

/** A tracker whose console is at `url`; shut down with the test. */
export async function startConsole(
  options: HttpApiOptions = {},
  trackerOptions: TrackerOptions = {},
): Promise<{ readonly tasks: Tracker; readonly url: string; readonly port: number }> {
  const api = httpApi({ listen: { port: 0 }, ...options });
  const tasks = createTracker({ watchMs: Infinity, ...trackerOptions, plugins: [api] });
  onTestFinished(async () => void (await tasks.shutdown({ drainMs: 0, graceMs: 0 })));
  await tasks.ready;
  const url = `${api.url}/`;
  return { tasks, url, port: Number(new URL(url).port) };
}

let browser: Promise<Browser> | undefined;
afterAll(async () => {
  await (await browser)?.close();
  browser = undefined;
});

/** A page of a real browser, closed with the test. What it throws, or its policy forbids, ends up in `trouble`. */
export async function openPage(
  url: string,
  options: BrowserContextOptions = {},
): Promise<{ readonly page: Page; readonly trouble: readonly string[] }> {
  browser ??= launcher.launch({ executablePath: browserPath(), args: ["--no-sandbox"] });
  const context = await (await browser).newContext({ viewport: { width: 1280, height: 800 }, ...options });
  onTestFinished(() => context.close());
  const page = await context.newPage();
  const trouble: string[] = [];
  page.on("pageerror", (error) => trouble.push(String(error)));
  page.on("dialog", (dialog) => {
    trouble.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on("console", (message) => {
    // A server that is away is a message of the browser's own, and is what some tests are about.
    if (message.type() === "error" && !message.text().startsWith("Failed to load resource"))
      trouble.push(message.text());
  });
  await page.goto(url);
  return { page, trouble };
}

/** Playwright takes a path, and not a name to look up. */
function browserPath(): string {
  const { command } = chromium;
  return command.includes("/")
    ? command
    : execFileSync("sh", ["-c", `command -v ${command}`], { encoding: "utf8" }).trim();
}
