import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { expect, test } from "vitest";
import { runCli } from "../../src/cli/run-cli.ts";
import { openTerminal } from "../../src/cli/terminal.ts";
import { emptyFolder, readFolder } from "./installed-command.ts";

/** Somebody at a terminal who answers each question with the next of `answers`, and leaves when there is none. */
async function runWith(
  answers: readonly string[],
  ...args: readonly string[]
): Promise<{ code: number; out: string }> {
  const input = Object.assign(new PassThrough(), { isTTY: true });
  const output = Object.assign(new PassThrough(), { isTTY: true });
  let out = "";
  let next = 0;
  output.setEncoding("utf8").on("data", (text: string) => {
    out += text;
    if (!text.endsWith("] ")) return;
    const answer = answers[next];
    next += 1;
    if (answer === undefined) input.end();
    else input.write(`${answer}\n`);
  });
  const errors = new PassThrough().resume();
  return { code: await runCli(args, openTerminal(input, output, errors)), out };
}

test("init asks for what most users change, and writes by the answers", async () => {
  const folder = emptyFolder();
  const answers = ["acme", "shop mail", "99.9", "", "", "y", "n"];
  const { code, out } = await runWith(answers, "init", "--dir", folder);
  expect(code).toBe(0);
  expect(out).toContain("Prefix of the metric names [taskscope] ");
  const files = readFolder(folder);
  expect(files.get("alerts/taskscope.rules.yml")).toContain('absent(up{job="mail"})');
  expect(files.has("kubernetes/prometheus-rule.yml")).toBe(true);
  expect(files.has("docker-compose.observability.yml")).toBe(false);
});

test("init asks for nothing that the command line says", async () => {
  const { code, out } = await runWith([], "init", "--dir", emptyFolder(), "--prefix", "acme");
  expect(code).toBe(0);
  expect(out).not.toContain("[");
});

test.each([
  ["y", 0, true],
  ["", 1, false],
  ["no", 1, false],
])("init shows the diff before it asks; %j decides", async (answer, expectedCode, isWritten) => {
  const folder = emptyFolder();
  await runWith([], "init", "--dir", folder, "--prefix", "taskscope");
  const { code, out } = await runWith([answer], "init", "--dir", folder, "--prefix", "acme");
  expect(code).toBe(expectedCode);
  expect(out.indexOf("--- a/alerts/taskscope.rules.yml")).toBeGreaterThan(-1);
  expect(out.indexOf("Overwrite")).toBeGreaterThan(out.indexOf("--- a/alerts/taskscope.rules.yml"));
  expect(readFolder(folder).get("alerts/taskscope.rules.yml")?.includes("acme_")).toBe(isWritten);
});

test("who leaves without an answer has said no", async () => {
  const folder = emptyFolder();
  await runWith([], "init", "--dir", folder, "--prefix", "taskscope");
  expect((await runWith([], "init", "--dir", folder, "--prefix", "acme")).code).toBe(1);
});

test("an answer cannot overwrite what init did not write", async () => {
  const folder = emptyFolder();
  mkdirSync(join(folder, "alerts"));
  writeFileSync(join(folder, "alerts/taskscope.rules.yml"), "mine\n");
  const { code, out } = await runWith(["y"], "init", "--dir", folder, "--prefix", "acme");
  expect(code).toBe(1);
  expect(out).not.toContain("Overwrite");
});
