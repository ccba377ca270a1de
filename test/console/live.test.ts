import { createTracker } from "taskscope";
import { httpApi } from "taskscope/http";
import { ManualClock } from "taskscope/testing";
import { describe, expect, onTestFinished, test } from "vitest";
import { chromium } from "../ops/tools.ts";
import { openPage, startConsole, untilCancelled } from "./browser.ts";

describe.skipIf(chromium.missing)(chromium.title("the live console"), () => {
  test("shows numbers that change with what runs", async () => {
    const { tasks, url } = await startConsole();
    const { page, trouble } = await openPage(url);
    const running = page.locator('[data-tile="running"] .value');
    await page.getByRole("status").filter({ hasText: "live" }).waitFor();
    await expect.poll(() => running.textContent()).toBe("0");
    for (let count = 0; count < 3; count += 1) tasks.spawn("wait", untilCancelled);
    await expect.poll(() => running.textContent(), { timeout: 120_000 }).toBe("3");
    await page.getByRole("rowheader", { name: "wait" }).waitFor();
    await tasks.run("quick", () => 1);
    await page.getByRole("rowheader", { name: "quick" }).waitFor();
    tasks.cancelWhere({ name: "wait" });
    await expect.poll(() => running.textContent(), { timeout: 120_000 }).toBe("0");
    expect(trouble).toEqual([]);
  });

  test("stands still while it is paused, and catches up", async () => {
    const { tasks, url } = await startConsole();
    const { page } = await openPage(`${url}#/tasks`);
    tasks.spawn("first", untilCancelled);
    await page.getByRole("link", { name: "first" }).waitFor();
    await page.keyboard.press("p");
    await page.getByRole("alert").filter({ hasText: "Paused" }).waitFor();
    tasks.spawn("second", untilCancelled);
    // The event has come, and was not shown: the stream is one, and in order.
    await page.evaluate(async () => (await fetch("./tasks")).json());
    expect(await page.getByRole("link", { name: "second" }).count()).toBe(0);
    await page.getByRole("banner").getByRole("button", { name: "Resume" }).click();
    await page.getByRole("link", { name: "second" }).waitFor();
  });

  test("says that the server has gone, and goes on when it is back", async () => {
    const first = httpApi({ listen: { port: 0 } });
    const before = createTracker({ watchMs: Infinity, plugins: [first] });
    await before.ready;
    const { port } = new URL(first.url ?? "");
    const { page } = await openPage(`${first.url}/#/tasks`);
    before.spawn("of the first", untilCancelled);
    await page.getByRole("link", { name: "of the first" }).waitFor();
    await before.shutdown({ drainMs: 0, graceMs: 0 });
    await page.getByRole("alert").filter({ hasText: "has not answered since" }).waitFor();
    await page.getByRole("status").filter({ hasText: "reconnecting" }).waitFor();

    const after = createTracker({
      watchMs: Infinity,
      plugins: [httpApi({ listen: { port: Number(port) } })],
    });
    onTestFinished(async () => void (await after.shutdown({ drainMs: 0, graceMs: 0 })));
    await after.ready;
    after.spawn("of the second", untilCancelled);
    await page.getByRole("link", { name: "of the second" }).waitFor();
    await page.getByRole("status").filter({ hasText: "live" }).waitFor();
    expect(await page.getByRole("link", { name: "of the first" }).count()).toBe(0);
    expect(await page.getByRole("alert").count()).toBe(0);
  });

  test("warns of a stuck task, and leads to it", async () => {
    const clock = new ManualClock();
    const { tasks, url } = await startConsole({}, { clock });
    const { page } = await openPage(`${url}#/warnings`);
    await page.getByText("Nothing is wrong.").waitFor();
    tasks.spawn({ name: "sluggish", expectedMs: 1_000 }, untilCancelled);
    await clock.advance(60_000);
    const warning = page.locator('[data-warning="stuck"]');
    await warning.getByText("1 stuck now").waitFor();
    await warning.getByRole("link", { name: /sluggish/ }).click();
    await page.getByRole("heading", { name: "sluggish" }).waitFor();
    await page.locator(".title .state", { hasText: "stuck" }).waitFor();
  });

  test("warns of tasks that only become more", { timeout: 240_000 }, async () => {
    const { tasks, url } = await startConsole();
    const { page } = await openPage(`${url}#/warnings`);
    const leak = setInterval(() => tasks.spawn("leak", untilCancelled), 50);
    onTestFinished(() => clearInterval(leak));
    const warning = page.locator('[data-warning="growing"]');
    await warning.getByText("leak (general) grows").waitFor({ timeout: 120_000 });
    await warning.getByRole("button", { name: "Show them" }).click();
    await page.getByRole("grid", { name: "Tasks" }).getByRole("link", { name: "leak" }).first().waitFor();
  });

  test("shows alerts with a way to their runbook", async () => {
    const alert = {
      name: "TaskLeakDetected",
      severity: "critical",
      state: "firing",
      labels: { task_type: "network" },
      value: 2,
      threshold: 1,
      summary: "Tasks leak.",
      description: "More run than are explained.",
      activeAtMs: Date.now(),
      firingAtMs: Date.now(),
      runbookUrl: "https://runbooks.example/TaskLeakDetected.md",
    } as const;
    const odd = { ...alert, name: "Odd", runbookUrl: "javascript:alert(1)" };
    const { url } = await startConsole({
      health: { report: () => ({ status: "failing", rules: 2, alerts: [alert, odd] }) },
    });
    const { page } = await openPage(`${url}#/alerts`);
    await page.getByRole("heading", { name: /TaskLeakDetected/ }).waitFor();
    const links = await page.getByRole("link", { name: /Runbook/ }).all();
    expect(await Promise.all(links.map((link) => link.getAttribute("href")))).toEqual([alert.runbookUrl]);
  });
});
