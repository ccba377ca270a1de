import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { describe, expect, test } from "vitest";
import { shells } from "../../src/cli/completion/shell-scripts.ts";
import { root } from "../package/manifest.ts";
import { emptyFolder } from "./installed-command.ts";
import { serveTasks } from "./served.ts";
import { taskscope } from "./typed-command.ts";

async function suggested(...words: readonly string[]): Promise<string[]> {
  const { code, out, errors } = await taskscope("complete", "--", ...words);
  expect({ code, errors }).toEqual({ code: 0, errors: "" });
  return out.split("\n").flatMap((line) => (line === "" ? [] : [line.split("\t")[0] ?? ""]));
}

test("commands, options and their values are suggested", async () => {
  const help = (await taskscope("--help")).out;
  const listed = Array.from(help.matchAll(/^ {2}([a-z]+) /gm), ([, name]) => name);
  expect(await suggested("")).toEqual(listed);
  expect(await suggested("he")).toEqual(["health", "help"]);
  expect(await suggested("help", "p")).toEqual(["ps"]);
  expect(await suggested("--v")).toEqual(["--version"]);
  expect(await suggested("ps", "--s")).toEqual(["--state", "--sort"]);
  expect(await suggested("ps", "--state", "c")).toEqual(["completed", "cancelled"]);
  expect(await suggested("ps", "--limit", "")).toEqual([]);
  expect(await suggested("completion", "")).toEqual([...shells]);
  expect(await suggested("no-such-command", "")).toEqual([]);
  expect(await suggested("run", "")).toEqual([":files"]);
  expect(await suggested("dump", "--output", "")).toEqual([":files"]);
});

test("processes that have said where they are, are suggested by address and by pid", async () => {
  const { url } = await serveTasks();
  expect(await suggested("ps", "")).toEqual([url]);
  expect(await suggested("cancel", "--state", "running", "")).toEqual([url]);
  expect(await suggested("ps", "--pid", "")).toEqual([String(process.pid)]);
});

test("a shell that is not known is bad usage, and --json has the script", async () => {
  expect((await taskscope("completion", "elvish")).code).toBe(2);
  const { out } = await taskscope("completion", "bash");
  expect(JSON.parse((await taskscope("completion", "bash", "--json")).out)).toEqual({
    shell: "bash",
    script: out.trimEnd(),
  });
});

/** Which of the shells this machine has. */
const has = (shell: string): boolean => spawnSync(shell, ["-c", "true"]).status === 0;

describe.each(shells.filter(has))("%s", (shell) => {
  test("takes the script", async () => {
    const { out } = await taskscope("completion", shell);
    const { status, stderr } = spawnSync(shell, ["-n"], { input: out, encoding: "utf8" });
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  });
});

test.runIf(has("bash"))("bash completes with it, and runs nothing of what was typed", async () => {
  const { url } = await serveTasks();
  const folder = emptyFolder();
  const installed = `#!/bin/sh\nexec "${process.execPath}" "${join(root, "dist/cli/main.js")}" "$@"\n`;
  writeFileSync(join(folder, "taskscope"), installed, { mode: 0o755 });
  const lines = [
    "taskscope he",
    "taskscope ps --state ru",
    `taskscope ps ${url.slice(0, 12)}`,
    "taskscope ps $(touch evil) --so",
  ];
  const program = `
    eval "$SCRIPT"
    complete -p taskscope
    for COMP_LINE in ${lines.map((line) => `'${line}'`).join(" ")}; do
      COMP_POINT=\${#COMP_LINE}
      _taskscope
      echo "\${COMPREPLY[*]}"
    done
    ls`;
  const { stdout, stderr } = spawnSync("bash", ["--norc", "-c", program], {
    cwd: folder,
    encoding: "utf8",
    env: {
      ...process.env,
      NODE_OPTIONS: "",
      SCRIPT: (await taskscope("completion", "bash")).out,
      PATH: `${folder}${delimiter}${process.env["PATH"]}`,
    },
  });
  expect(stderr).toBe("");
  expect(stdout.trimEnd().split("\n")).toEqual([
    "complete -F _taskscope taskscope",
    "health help",
    "running",
    // Readline has taken the words apart at the colon, and wants the last piece alone.
    url.slice("http:".length),
    "--sort",
    "taskscope",
  ]);
});
