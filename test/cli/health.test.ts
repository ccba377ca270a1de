import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { HealthView } from "taskscope/http";
import { healthRules } from "taskscope/health";
import { describe, expect, test } from "vitest";
import { emptyFolder } from "./installed-command.ts";
import { deadAddress, serveTasks } from "./served.ts";
import { taskscope } from "./typed-command.ts";

const alert = (
  severity: "critical" | "warning",
  state: "pending" | "firing",
): HealthView["alerts"][number] => ({
  name: "TasksLost",
  severity,
  state,
  labels: { task_type: "network" },
  value: 3,
  threshold: 0,
  summary: "Tasks were lost",
  description: "3 network tasks\u001b[2J can never end",
  activeAtMs: 1,
  firingAtMs: 2,
  runbookUrl: "https://runbooks.example.org/TasksLost.md",
});

const token = "a-token-of-some-length";

describe("health", () => {
  test.each([
    ["ok", 0, [], "OK - 17 rules are watched, none holds"],
    ["ok", 0, [alert("warning", "pending")], "OK - 17 rules are watched, none fires, 1 pending"],
    ["degraded", 1, [alert("warning", "firing")], "WARNING - 1 of 17 rules fire: TasksLost"],
    ["failing", 2, [alert("critical", "firing")], "CRITICAL - 1 of 17 rules fire: TasksLost"],
  ] as const)("a process that is %s ends it with %d", async (status, code, alerts, first) => {
    const { url } = await serveTasks({ health: { report: () => ({ status, rules: 17, alerts }) } });
    const ended = await taskscope("health", url);
    const [line, ...rest] = ended.out.trimEnd().split("\n");
    expect({ code: ended.code, line, errors: ended.errors }).toEqual({ code, line: first, errors: "" });
    expect(rest).toEqual(
      code === 0
        ? []
        : [
            `${alerts[0]?.severity}: TasksLost: 3 network tasks\\x1b[2J can never end (https://runbooks.example.org/TasksLost.md)`,
          ],
    );
  });

  test("is of the rules that ship", async () => {
    const { url } = await serveTasks({ health: healthRules() });
    // On a machine that is busy the loop's delay may well be pending.
    expect((await taskscope("health", url)).out).toMatch(/^OK - 17 rules are watched, none (?:holds|fires)/);
  });

  test("is unknown, 3, where nothing is watched, nobody answers, or it was asked wrongly", async () => {
    const { url } = await serveTasks();
    expect(await taskscope("health", url)).toMatchObject({
      code: 3,
      out: expect.stringMatching(/^UNKNOWN - .*no rules/) as string,
    });
    const dead = await taskscope("health", deadAddress);
    expect(dead).toMatchObject({
      code: 3,
      out: expect.stringMatching(/^UNKNOWN - cannot reach/) as string,
      errors: "",
    });
    expect(await taskscope("health", url, "--colour")).toMatchObject({ code: 3, out: "" });
  });

  test("is the status alone for who may not see more", async () => {
    const report = () => ({ status: "failing" as const, rules: 17, alerts: [alert("critical", "firing")] });
    const { url } = await serveTasks({ token, health: { report } });
    expect(await taskscope("health", url)).toEqual({
      code: 2,
      out: "CRITICAL - the process is failing; a token is needed to see more\n",
      errors: "",
    });
    expect((await taskscope("health", url, "--token", token)).out).toContain("TasksLost");
  });

  test("--json is one document, whatever happens", async () => {
    const alerts = [alert("warning", "firing")];
    const { url } = await serveTasks({
      health: { report: () => ({ status: "degraded", rules: 17, alerts }) },
    });
    expect(JSON.parse((await taskscope("health", url, "--json")).out)).toEqual({
      url,
      verdict: "warning",
      message: "1 of 17 rules fire: TasksLost",
      alerts,
    });
    expect(JSON.parse((await taskscope("health", deadAddress, "--json")).out)).toMatchObject({
      url: deadAddress,
      verdict: "unknown",
      alerts: [],
    });
  });
});

describe("dump", () => {
  test("writes all that the process knows, for the user alone, and overwrites nothing", async () => {
    const { tasks, url } = await serveTasks({ health: healthRules(), token });
    tasks.open({ name: "upload", attributes: { file: "a.txt" } }).start();
    const path = join(emptyFolder(), "dump.json");
    const ended = await taskscope("dump", url, "--token", token, "--output", path);
    expect(ended).toEqual({ code: 0, out: `${path}: 1 tasks\n`, errors: "" });
    expect(statSync(path).mode & 0o777).toBe(0o600);
    const text = readFileSync(path, "utf8");
    expect(text).not.toContain(token);
    expect(JSON.parse(text)).toMatchObject({
      dump: 1,
      url,
      build: { version: expect.any(String) as string },
      health: { status: "ok", rules: 17 },
      alerts: expect.any(Array) as unknown[],
      stats: { total: { running: 1 } },
      series: [{ name: "upload" }],
      tree: { shown: 1 },
      tasks: [{ name: "upload", attributes: { file: "a.txt" } }],
      console: { actions: false, health: true },
      metrics: expect.stringContaining("taskscope_tasks_running") as string,
      errors: {},
    });
    const again = await taskscope("dump", url, "--token", token, "-o", path);
    expect(again).toMatchObject({ code: 1, errors: `error: ${path} exists: --force overwrites it\n` });
    expect(readFileSync(path, "utf8")).toBe(text);
    const forced = await taskscope("dump", url, "--token", token, "-o", path, "--force", "--json");
    expect(JSON.parse(forced.out)).toEqual({ url, path, tasks: 1, missing: [] });
  });

  test("leaves out what it cannot get, and names it", async () => {
    const health = {
      report: () => {
        throw new Error("broken");
      },
    };
    const { url } = await serveTasks({ health }, { diag: { warn: () => {} } });
    const { code, out } = await taskscope("dump", url, "--json");
    const dump = JSON.parse(out) as { health: unknown; tasks: unknown; errors: object };
    expect(code).toBe(0);
    expect(dump).toMatchObject({ health: null, alerts: null, tasks: [] });
    expect(Object.keys(dump.errors)).toEqual(["health", "alerts"]);
  });

  test("writes nothing where there is nobody, or no such folder", async () => {
    const folder = emptyFolder();
    const path = join(folder, "dump.json");
    expect((await taskscope("dump", deadAddress, "-o", path)).code).toBe(3);
    expect(existsSync(path)).toBe(false);
    const { url } = await serveTasks();
    writeFileSync(path, "");
    expect(await taskscope("dump", url, "-o", join(path, "below"))).toMatchObject({ code: 1, out: "" });
  });
});
