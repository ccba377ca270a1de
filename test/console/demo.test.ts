import { DemoProcess } from "../../drills/demo-process.ts";
import { describe, expect, onTestFinished, test } from "vitest";
import { startDemo } from "../demo/start-demo.ts";
import { chromium } from "../ops/tools.ts";
import { openPage } from "./browser.ts";

const SLOW = { timeout: 240_000 };
const patient = { timeout: 120_000 };

describe.skipIf(chromium.missing)(chromium.title("the console of the demo"), () => {
  test("shows its numbers, warns of its leak, cancels, and outlives the process", SLOW, async () => {
    const first = startDemo("--faults-on-stdin");
    const url = await first.said("console");
    const { page, trouble } = await openPage(url);
    page.setDefaultTimeout(patient.timeout);
    const started = page.locator('[data-tile="started"] .note');
    const before = await started.textContent();
    await expect.poll(() => started.textContent(), patient).not.toBe(before);

    await first.setFault("leak=10");
    await page.goto(`${url}#/warnings`);
    const warning = page.locator('[data-warning="growing"]').filter({ hasText: "reindex-package" });
    await warning.getByRole("button", { name: "Show them" }).click();
    await page
      .getByRole("grid", { name: "Tasks" })
      .getByRole("link", { name: "reindex-package" })
      .first()
      .click();
    await page.getByRole("heading", { name: "reindex-package" }).waitFor();
    await page.getByRole("button", { name: "Cancel…" }).click();
    await page.getByRole("button", { name: "Cancel the task" }).click();
    await page.locator(".title .state", { hasText: "cancelled" }).waitFor();

    await page.goto(`${url}#/overview`);
    first.signal("SIGKILL");
    await first.end;
    await page.getByRole("alert").filter({ hasText: "has not answered since" }).waitFor();
    const second = new DemoProcess(["--port", new URL(url).port]);
    onTestFinished(async () => {
      second.signal("SIGKILL");
      await second.end;
    });
    await second.said("console");
    await page.getByRole("status").filter({ hasText: "live" }).waitFor();
    const after = await started.textContent();
    await expect.poll(() => started.textContent(), patient).not.toBe(after);
    expect(trouble).toEqual([]);
  });
});
