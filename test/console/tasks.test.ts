import { fixed } from "taskscope";
import { describe, expect, test } from "vitest";
import { chromium } from "../ops/tools.ts";
import { openPage, startConsole, untilCancelled } from "./browser.ts";

describe.skipIf(chromium.missing)(chromium.title("the console's tasks"), () => {
  test("are searched and grouped among ten thousand, of which only those in sight are drawn", async () => {
    const { tasks, url } = await startConsole();
    for (let count = 0; count < 9_999; count += 1)
      tasks.spawn({ name: count % 2 === 0 ? "even" : "odd", type: "bulk" }, untilCancelled);
    tasks.spawn({ name: "needle", type: "rare" }, untilCancelled);
    const { page, trouble } = await openPage(`${url}#/tasks`);
    const count = page.getByRole("main").getByRole("status");
    await expect.poll(() => count.textContent(), { timeout: 120_000 }).toBe("10,000 tasks");
    expect(await page.getByRole("row").count()).toBeLessThan(80);
    await page.getByLabel("Search").fill("NEEDLE");
    await expect.poll(() => count.textContent()).toBe("1 task");
    expect(await page.getByRole("row").count()).toBe(1);
    await page.getByLabel("Search").fill("");
    await expect.poll(() => count.textContent(), { timeout: 120_000 }).toBe("10,000 tasks");
    await page.getByLabel("Type", { exact: true }).selectOption("rare");
    await expect.poll(() => count.textContent()).toBe("1 task");
    await page.getByLabel("Type", { exact: true }).selectOption("");
    await page.getByLabel("Group", { exact: true }).selectOption("name");
    await page.getByRole("row").filter({ hasText: "even" }).filter({ hasText: "5,000" }).click();
    await page.getByRole("row").filter({ hasText: "odd" }).filter({ hasText: "4,999" }).waitFor();
    await page.getByLabel("Group", { exact: true }).selectOption("none");
    await page.getByLabel("Sort", { exact: true }).selectOption("name");
    await page.getByRole("button", { name: "Reverse" }).click();
    await page.getByRole("row").first().getByRole("link", { name: "odd" }).waitFor();
    expect(trouble).toEqual([]);
  });

  test("open with their attempts, relatives, attributes and progress", async () => {
    const { tasks, url } = await startConsole({ traceUrl: "https://jaeger.example/trace/{traceId}" });
    const { page, trouble } = await openPage(`${url}#/tasks`);
    await page.getByText("Nothing is queued or running.").waitFor();
    let attempts = 0;
    const parent = tasks.spawn(
      {
        name: "import",
        attributes: { tenant: "acme" },
        restart: { when: "on-failure", maxRestarts: 1, backoff: fixed({ delayMs: 1 }) },
      },
      async (context) => {
        attempts += 1;
        if (attempts === 1) throw new RangeError("no room");
        context.progress(30, 120);
        context.spawn("import page", untilCancelled);
        await untilCancelled(context);
      },
    );
    await page.getByRole("row").filter({ hasText: "25 %" }).getByRole("link", { name: "import" }).click();
    await page.getByRole("heading", { name: "import", level: 1 }).waitFor();
    expect(new URL(page.url()).hash).toBe(`#/tasks/${parent.id}`);
    await page.getByText("attempt 1 ended: RangeError: no room").waitFor();
    await page.getByText("attempt 2 started").waitFor();
    await page.getByText("Progress: 30 of 120").waitFor();
    await page.getByText("acme").waitFor();
    await page.getByRole("link", { name: "import page" }).click();
    await page.getByRole("heading", { name: "import page", level: 1 }).waitFor();
    await page.getByRole("link", { name: `import #${parent.id}` }).waitFor();
    await page.getByRole("link", { name: "Tree" }).click();
    await page.locator('[role="treeitem"][aria-level="2"]').filter({ hasText: "import page" }).waitFor();
    expect(trouble).toEqual([]);
  });

  test("are cancelled with a reason where that is allowed", async () => {
    const { tasks, url } = await startConsole({ actions: true });
    const task = tasks.spawn("doomed", untilCancelled);
    const { page } = await openPage(`${url}#/tasks/${task.id}`);
    await page.getByRole("button", { name: "Cancel…" }).click();
    await page.getByLabel("Reason").fill("no longer needed");
    await page.getByRole("button", { name: "Cancel the task" }).click();
    await page.locator(".title .state", { hasText: "cancelled" }).waitFor();
    await page.getByText("asked to stop by request: no longer needed").waitFor();
    expect(tasks.get(task.id)?.state).toBe("cancelled");
  });

  test("are not cancelled where that is not allowed, whatever the page sends", async () => {
    const { tasks, url } = await startConsole();
    const task = tasks.spawn("safe", untilCancelled);
    const { page } = await openPage(`${url}#/tasks/${task.id}`);
    const button = page.getByRole("button", { name: "Cancel" });
    await button.waitFor();
    expect(await button.isDisabled()).toBe(true);
    await page.getByText("lets it cancel").waitFor();
    const status = await page.evaluate(
      async (id) => (await fetch(`./tasks/${id}/cancel`, { method: "POST" })).status,
      task.id,
    );
    expect(status).toBe(403);
    expect(tasks.get(task.id)?.state).toBe("running");
  });

  test("that nobody knows any more are said to be so", async () => {
    const { url } = await startConsole();
    const { page } = await openPage(`${url}#/tasks/999999`);
    await page.getByText("Task 999999 is not known here").waitFor();
    await page.getByRole("link", { name: "Back to the tasks" }).waitFor();
  });
});
