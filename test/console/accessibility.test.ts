import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { AxeResults } from "axe-core";
import type { Page } from "playwright-core";
import type { HealthSource } from "taskscope/http";
import { ManualClock } from "taskscope/testing";
import { describe, expect, test } from "vitest";
import { chromium } from "../ops/tools.ts";
import { openPage, startConsole, untilCancelled } from "./browser.ts";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

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

/** What keeps people from using what the page shows now: the rule that is broken, and where. */
async function barriersOn(page: Page): Promise<string[]> {
  // By the tester's own way into the page, which its policy does not rule.
  const { violations } = await page.evaluate<Pick<AxeResults, "violations">>(
    `(async () => { ${axe}; return axe.run(document, { resultTypes: ["violations"] }); })()`,
  );
  return violations.flatMap(({ id, nodes }) =>
    nodes.map(({ html, failureSummary }) => `${id}: ${html.slice(0, 200)}: ${failureSummary ?? ""}`),
  );
}

const looks = (["light", "dark"] as const).flatMap((scheme) =>
  [1_280, 400].map((width) => [scheme, width] as const),
);

describe.skipIf(chromium.missing)(chromium.title("nothing keeps people from using the console,"), () => {
  test.each(looks)("in %s at %i pixels", async (colorScheme, width) => {
    const clock = new ManualClock();
    const health: HealthSource = { report: () => ({ status: "failing", rules: 2, alerts: [alert] }) };
    const { tasks, url } = await startConsole({ actions: true, health }, { clock });
    const sluggish = tasks.spawn(
      { name: "sluggish", expectedMs: 1_000, key: "k", attributes: { tenant: "acme" } },
      async (context) => {
        context.progress(1, 4);
        context.spawn("child", untilCancelled);
        await untilCancelled(context);
      },
    );
    for (const outcome of ["completed", "failed"])
      await tasks
        .run({ name: outcome, type: "done" }, () => {
          if (outcome === "failed") throw new TypeError("no room");
        })
        .catch(() => undefined);
    await clock.advance(60_000);
    const { page, trouble } = await openPage(url, { colorScheme, viewport: { width, height: 800 } });
    const found: Record<string, string[]> = {};
    const main = page.getByRole("main");
    const look = async (view: string, until: ReturnType<Page["getByText"]>): Promise<void> => {
      await page.goto(`${url}#/${view}`);
      await until.first().waitFor();
      found[view] = await barriersOn(page);
    };
    await look("overview", main.getByRole("rowheader", { name: "sluggish" }));
    await look("tasks", main.getByRole("link", { name: "sluggish" }));
    await main.getByLabel("State", { exact: true }).selectOption("all");
    await main.getByLabel("Group", { exact: true }).selectOption("name");
    await main.getByRole("link", { name: "failed" }).waitFor();
    found["tasks, grouped"] = await barriersOn(page);
    await main.getByLabel("Search").fill("there is no such task");
    await main.getByText("No task is like that now.").waitFor();
    found["tasks, none"] = await barriersOn(page);
    await look("tree", main.getByText("child"));
    await look("warnings", main.locator('[data-warning="stuck"]').getByRole("link"));
    await look("alerts", main.getByText("TaskLeakDetected"));
    await look("tasks/999999", main.getByText("is not known here"));
    await look(`tasks/${sluggish.id}`, main.getByText("Progress: 1 of 4"));
    await main.getByRole("button", { name: "Cancel…" }).click();
    await page.getByRole("dialog").waitFor();
    found["dialog"] = await barriersOn(page);
    expect(found).toEqual(Object.fromEntries(Object.keys(found).map((view) => [view, []])));
    expect(trouble).toEqual([]);
  });

  test("when it asks for a token, and when nothing has happened yet", async () => {
    const guarded = await startConsole({ token: "a token of some length" });
    const { page } = await openPage(guarded.url);
    await page.getByLabel("Token").waitFor();
    expect(await barriersOn(page)).toEqual([]);

    const { url } = await startConsole();
    await page.goto(url);
    await page.getByText("No task has run yet.").waitFor();
    expect(await barriersOn(page)).toEqual([]);
    for (const [view, text] of [
      ["tasks", "Nothing is queued or running."],
      ["tree", "Nothing runs."],
      ["warnings", "Nothing is wrong."],
      ["alerts", "No rules are watched"],
    ] as const) {
      await page.goto(`${url}#/${view}`);
      await page.getByText(text).first().waitFor();
      expect([view, await barriersOn(page)]).toEqual([view, []]);
    }
  });
});
