import { describe, expect, test } from "vitest";
import { chromium } from "../ops/tools.ts";
import { openPage, startConsole, untilCancelled } from "./browser.ts";

const script = "<img src=x onerror=alert(1)><script>alert(2)</script>";

describe.skipIf(chromium.missing)(chromium.title("the console's page"), () => {
  test("runs no script that stands in a name, an error, an attribute or a key", async () => {
    const { tasks, url } = await startConsole();
    await tasks
      .run({ name: script, type: "a", attributes: { [script]: script } }, () => {
        throw new Error(script);
      })
      .catch(() => undefined);
    const live = tasks.spawn({ name: script, key: script, attributes: { note: script } }, untilCancelled);
    const { page, trouble } = await openPage(url);
    await page.getByRole("rowheader", { name: script }).first().waitFor();
    await page.goto(`${url}#/tasks`);
    await page.getByLabel("State", { exact: true }).selectOption("failed");
    await page.getByRole("link", { name: script }).click();
    await page.locator(".error pre", { hasText: script }).waitFor();
    await page.goto(`${url}#/tree`);
    await page.getByRole("treeitem").filter({ hasText: script }).waitFor();
    await page.goto(`${url}#/tasks/${live.id}`);
    await page.getByRole("heading", { name: script }).waitFor();
    expect(await page.locator("main img, main script").count()).toBe(0);
    expect(trouble).toEqual([]);
  });

  test("is used with the keyboard alone", async () => {
    const { tasks, url } = await startConsole({ actions: true });
    for (const name of ["first", "second", "third"]) tasks.spawn(name, untilCancelled);
    const { page } = await openPage(url);
    await page.locator(".tiles").waitFor();
    const reached: string[] = [];
    for (let presses = 0; presses < 9; presses += 1) {
      await page.keyboard.press("Tab");
      reached.push(
        await page.evaluate<string>(
          'document.activeElement.getAttribute("aria-label") ?? document.activeElement.textContent',
        ),
      );
    }
    // Beside Warnings stands how many there are: a busy machine's event loop is late.
    expect(reached.slice(0, 8).map((text) => text.replace(/\d+$/, ""))).toEqual([
      "Skip to the content",
      "Overview",
      "Tasks",
      "Tree",
      "Warnings",
      "Alerts",
      "Pause",
      "Colours",
    ]);
    await page.keyboard.press("/");
    await expect
      .poll(() => page.evaluate<string>('document.activeElement.getAttribute("type")'))
      .toBe("search");
    const rows = page.getByRole("grid", { name: "Tasks" });
    await rows.getByRole("link", { name: "third" }).waitFor();
    await rows.focus();
    await page.keyboard.press("ArrowDown");
    await expect.poll(() => page.locator('[aria-selected="true"]').textContent()).toContain("second");
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "second" }).waitFor();
    await page.getByRole("button", { name: "Cancel…" }).focus();
    await page.keyboard.press("Enter");
    await page.getByRole("dialog").waitFor();
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "detached" });
  });

  test.each(["overview", "tasks", "tree", "warnings", "alerts", "tasks/ID"])(
    "%s is no wider than 400 pixels",
    async (view) => {
      const { tasks, url } = await startConsole({ actions: true });
      const { id } = tasks.spawn(
        {
          name: "x".repeat(120),
          type: "y".repeat(60),
          key: "z".repeat(200),
          attributes: { a: "w".repeat(300) },
        },
        untilCancelled,
      );
      await tasks.run("over", () => 1);
      const { page } = await openPage(`${url}#/${view.replace("ID", String(id))}`, {
        viewport: { width: 400, height: 800 },
      });
      await page
        .locator("main")
        .getByText(/xxx|Nothing is wrong|No rules are watched/)
        .first()
        .waitFor();
      const widths = await page.evaluate<number[]>(
        '[document.documentElement, document.querySelector("main")].map(({ scrollWidth }) => scrollWidth)',
      );
      expect(Math.max(...widths)).toBeLessThanOrEqual(400);
    },
  );

  test("asks for the token that the API wants, and keeps it to itself", async () => {
    const token = "a token of some length";
    const { tasks, url } = await startConsole({ token });
    tasks.spawn("guarded", untilCancelled);
    const { page } = await openPage(url);
    await page.getByLabel("Token").fill("another token altogether");
    await page.keyboard.press("Enter");
    await page.getByLabel("Token").fill(token);
    await page.keyboard.press("Enter");
    await page.getByRole("rowheader", { name: "guarded" }).waitFor();
    expect(page.url()).not.toContain("token");
  });

  test("follows the colours of the system, until told otherwise", async () => {
    const { url } = await startConsole();
    const { page } = await openPage(url, { colorScheme: "dark" });
    const background = (): Promise<string> =>
      page.evaluate<string>("getComputedStyle(document.body).backgroundColor");
    await page.getByLabel("Colours").waitFor();
    const dark = await background();
    await page.getByLabel("Colours").selectOption("light");
    await expect.poll(background).not.toBe(dark);
    await page.getByLabel("Colours").selectOption("dark");
    await expect.poll(background).toBe(dark);
  });
});
