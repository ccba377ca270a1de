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
    const file = join(emptyFolder(), "completion");
    writeFileSync(file, out);
    const { status, stderr } = spawnSync(shell, ["-n", file], { encoding: "utf8" });
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  });
});

/** A folder with `taskscope` in it, as an installed one would be, and the environment of a shell that finds it there. */
async function shellWithCommand(shell: string): Promise<{ cwd: string; env: NodeJS.ProcessEnv }> {
  const cwd = emptyFolder();
  const installed = `#!/bin/sh\nexec "${process.execPath}" "${join(root, "dist/cli/main.js")}" "$@"\n`;
  writeFileSync(join(cwd, "taskscope"), installed, { mode: 0o755 });
  const env = {
    ...process.env,
    HOME: cwd,
    NODE_OPTIONS: "",
    SCRIPT: (await taskscope("completion", shell)).out,
    PATH: `${cwd}${delimiter}${process.env["PATH"]}`,
  };
  return { cwd, env };
}

function runShell(
  shell: string,
  args: readonly string[],
  place: { readonly cwd: string; readonly env: NodeJS.ProcessEnv },
): string[] {
  const { stdout, stderr } = spawnSync(shell, args, { ...place, encoding: "utf8", timeout: 60_000 });
  expect(stderr).toBe("");
  return stdout.trimEnd().split(/\r?\n/);
}

test.runIf(has("bash"))("bash completes with it, and runs nothing of what was typed", async () => {
  const { url } = await serveTasks();
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
  expect(runShell("bash", ["--norc", "-c", program], await shellWithCommand("bash"))).toEqual([
    "complete -F _taskscope taskscope",
    "health help",
    "running",
    // Readline has taken the words apart at the colon, and wants the last piece alone.
    url.slice("http:".length),
    "--sort",
    "taskscope",
  ]);
});

test.runIf(has("fish"))("fish completes with it, and runs nothing of what was typed", async () => {
  const { url } = await serveTasks();
  const lines = ["he", "ps --state ru", `ps ${url.slice(0, 12)}`, "ps (touch evil) --so", "run tasksc"];
  const program = `
    printenv SCRIPT | source
    for line in ${lines.map((line) => `'taskscope ${line}'`).join(" ")}
      complete -C "$line" | string replace -r '\\t.*' ''
    end
    ls`;
  expect(runShell("fish", ["--no-config", "-c", program], await shellWithCommand("fish"))).toEqual([
    "health",
    "help",
    "running",
    url,
    "--sort",
    "taskscope",
    "taskscope",
  ]);
});

// Zsh completes only where somebody types: another zsh does, at a terminal that the first one makes. Ctrl-A and `echo` show
// what stands there after the TAB.
test.runIf(has("zsh"))("zsh completes with it, and runs nothing of what was typed", async () => {
  const { url } = await serveTasks();
  const lines = [
    "hea",
    "ps --state ru",
    `ps ${url.slice(0, 12)}`,
    "ps --pid $(touch evil) --so",
    "run tasksc",
  ];
  const program = `
    zmodload zsh/zpty
    zpty typed zsh -f -i
    say() { zpty -w -n typed "$1" }
    until_seen() { seen=; while [[ $seen != *$~1* ]] && zpty -r typed piece; do seen+=$piece; done }
    say $'bindkey -e; unsetopt prompt_sp beep; autoload -U compinit && compinit -u -D && eval "$SCRIPT" && echo rea""dy\\n'
    until_seen ready
    for line in ${lines.map((line) => `'${line}'`).join(" ")}; do
      say "taskscope $line"$'\\t\\C-aecho \\'<said>'
      say $'\\C-e</said>\\'\\n'
      until_seen $'\\n<said>*</said>'
      print -r -- "\${\${seen##*$'\\n'<said>}%%</said>*}"
    done
    zpty -d typed
    ls`;
  expect(runShell("zsh", ["-f", "-c", program], await shellWithCommand("zsh"))).toEqual([
    "taskscope health",
    "taskscope ps --state running",
    `taskscope ps ${url}`,
    "taskscope ps --pid $(touch evil) --sort",
    "taskscope run taskscope",
    "taskscope",
  ]);
});
