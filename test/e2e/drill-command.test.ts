import { spawn } from "node:child_process";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test } from "vitest";
import { drillList } from "../../drills/drill-list.ts";
import { findPrograms } from "../../drills/programs.ts";
import { programsAreRequired } from "./programs-are-required.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
const SLOW = { timeout: 240_000 };
const isMissing = typeof findPrograms() === "string" && !programsAreRequired;

interface Run {
  readonly code: number | null;
  readonly output: string;
  readonly errors: string;
}

/** Runs the command. `onLine` hears each line of its output and may signal it. */
async function drill(
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
  onLine: (line: string, signal: (name: NodeJS.Signals) => void) => void = () => undefined,
): Promise<Run> {
  const child = spawn(process.execPath, ["--import", "tsx", "drills/main.ts", ...args], {
    cwd: root,
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, NO_COLOR: "1", FORCE_COLOR: undefined, ...env },
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  const output: string[] = [];
  const errors: string[] = [];
  createInterface(child.stdout).on("line", (line) => {
    output.push(line);
    onLine(line, (name) => child.kill(name));
  });
  createInterface(child.stderr).on("line", (line) => errors.push(line));
  const code = await new Promise<number | null>((resolve) => child.once("close", resolve));
  return { code, output: output.join("\n"), errors: errors.join("\n") };
}

test("without a name it lists the drills", SLOW, async () => {
  const { code, output } = await drill([]);
  expect(code).toBe(0);
  for (const { name, alert } of drillList) expect(output).toMatch(new RegExp(`${name} +│ ${alert} `));
});

test("--json lists them for machines", SLOW, async () => {
  const { code, output } = await drill(["--json"]);
  expect(code).toBe(0);
  expect(JSON.parse(output)).toEqual(drillList.map(({ name, alert, cause }) => ({ name, alert, cause })));
});

test.for([
  [["no-such-drill"], "error: there is no drill 'no-such-drill'; there are slow-leak, "],
  [["--all", "slow-leak"], "error: name drills, or take --all, not both"],
  [["--at-once", "0", "--all"], "It takes a whole number from 1 to 32."],
  [["--wrong"], "error: unknown option '--wrong'"],
] as const)("%j is refused with exit code 2", SLOW, async ([args, message]) => {
  const { code, errors } = await drill(args);
  expect(errors).toContain(message);
  expect(code).toBe(2);
});

test("servers that are missing are named, with how to get them", SLOW, async () => {
  const nowhere = { PATH: "", PROMETHEUS: "", ALERTMANAGER: "" };
  const { code, errors } = await drill(["stuck-task"], nowhere);
  expect(errors).toBe(
    "drill: missing: prometheus, alertmanager. Debian has them: apt-get install prometheus prometheus-alertmanager; " +
      "others: https://prometheus.io/download/, then set PROMETHEUS and ALERTMANAGER to where they are",
  );
  expect(code).toBe(1);
});

test.skipIf(isMissing)("a signal in the middle leaves no process and no file behind", SLOW, async () => {
  const folder = await mkdtemp(join(tmpdir(), "taskscope-drill-test-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const { code, output } = await drill(["stuck-task"], { TMPDIR: folder }, (line, signal) => {
    if (line.startsWith("stuck-task: cause: ")) signal("SIGINT");
  });
  expect(code).toBe(130);
  const urls = Array.from(output.matchAll(/http:\/\/127\.0\.0\.1:\d+/g), ([url]) => url);
  expect(urls).toHaveLength(2);
  for (const url of urls) await expect(fetch(url)).rejects.toThrow("fetch failed");
  const left = await readdir(folder);
  expect(left.filter((name) => name.startsWith("taskscope-"))).toEqual([]);
});
