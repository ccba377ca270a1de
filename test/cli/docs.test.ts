import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { exitCodes } from "../../src/cli/exit-codes.ts";
import { root } from "../package/manifest.ts";
import { emptyFolder } from "./installed-command.ts";
import { runtimeFolder } from "./runtime-folder.ts";
import { start } from "./spawned-command.ts";
import { taskscope } from "./typed-command.ts";

const page = readFileSync(`${root}docs/cli.md`, "utf8");

/** Each command of the page, with what it prints; "…" stands for anything. */
const examples = Array.from(page.matchAll(/^```console\n(.*?)^```/gms), ([, block = ""]) =>
  block.split(/^\$ npx taskscope /m).slice(1),
)
  .flat()
  .map((text) => {
    const [line = "", ...printed] = text.trimEnd().split("\n");
    return { line, args: Array.from(line.matchAll(/"([^"]*)"|(\S+)/g), ([, a, b]) => a ?? b ?? ""), printed };
  });

/** Numbers, times, ports and places are what they are; columns are as wide as they have to be. */
function still(text: string): string {
  return (
    text
      .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, "<instant>")
      .replaceAll(/\b(?:[\d.]+(?:ms|[smhd]))+\b/g, "<time>")
      // On a machine that is busy the delay of the event loop may well be pending.
      .replaceAll(/none holds|none fires, \d+ pending/g, "<none>")
      .replaceAll(/(?<=127\.0\.0\.1:|#|\()\d+/g, "<number>")
      .replaceAll(/\d+(?= tasks\n)/g, "<number>")
      .replaceAll(/(?<=^|\s|of )\/\S+?(?=\/?[\w.]+:|\/node_modules)/gm, "<folder>")
      .replaceAll(/ +/g, " ")
  );
}

function expectPrinted(printed: readonly string[], given: string): void {
  const pattern = still(`${printed.join("\n")}\n`)
    .split("…")
    .map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&"))
    .join("[^]*");
  expect(still(given)).toMatch(new RegExp(`^${pattern}$`));
}

test("the page has an example of each command", async () => {
  const listed = Array.from(
    (await taskscope("--help")).out.matchAll(/^ {2}([a-z]+) [[<]/gm),
    ([, name]) => name,
  );
  const shown = new Set(examples.map(({ args: [name] }) => name));
  expect(listed.filter((name) => name !== "help" && !shown.has(name ?? ""))).toEqual([]);
  for (const name of shown) expect(page).toMatch(new RegExp(`^## ${name}$`, "m"));
});

test("every command with --json has a row that says what it prints", async () => {
  for (const { args } of examples) {
    const [name = ""] = args;
    expect(page).toMatch(new RegExp(`^\\| \`${name}\` +\\|`, "m"));
  }
});

test("the page has a row for each exit code", () => {
  const rows = Array.from(page.matchAll(/^\| (\d) +\|/gm), ([, code]) => Number(code));
  expect(rows).toEqual(Object.values(exitCodes));
});

test("the examples print what the page says", async () => {
  const folder = emptyFolder();
  const [, code = ""] = /^```js\n\/\/ shop\.mjs\n(.*?)^```/ms.exec(page) ?? [];
  writeFileSync(
    join(folder, "shop.mjs"),
    code.replace('"taskscope"', JSON.stringify(`${root}dist/index.js`)),
  );
  const env = { XDG_RUNTIME_DIR: runtimeFolder };
  const run = examples.find(({ args: [name] }) => name === "run");
  const shop = start(run?.args ?? [], { cwd: folder, env });
  await shop.said(/ready/);
  const looking = ["ps", "tree", "top", "events", "health", "cancel"];
  for (const { args, printed } of examples.filter(({ args: [name = ""] }) => looking.includes(name))) {
    const { code: exitCode, out, errors } = await taskscope(...args);
    expect({ exitCode, errors }).toEqual({ exitCode: 0, errors: "" });
    expectPrinted(printed, out);
  }
  const dump = examples.find(({ args: [name] }) => name === "dump");
  expectPrinted(dump?.printed ?? [], (await start(dump?.args ?? [], { cwd: folder, env }).ended).out);
  shop.child.kill("SIGTERM");
  const { out, errors } = await shop.ended;
  expectPrinted(run?.printed ?? [], errors + out);
});

test("the examples that need no process print what the page says", async () => {
  const alone = ["init", "completion", "drill"];
  for (const { args, printed } of examples.filter(({ args: [name = ""] }) => alone.includes(name))) {
    const { code, out, errors } = await start(args, { cwd: emptyFolder() }).ended;
    expect({ code, errors }).toEqual({ code: 0, errors: "" });
    expectPrinted(printed, out);
  }
});

test("the demo prints what the page says", async () => {
  const demo = examples.find(({ args: [name] }) => name === "demo");
  const running = start([...(demo?.args ?? []), "--port", "0"], { env: { XDG_RUNTIME_DIR: runtimeFolder } });
  await running.said(/ s \| .*total/);
  running.child.kill("SIGTERM");
  expectPrinted(demo?.printed ?? [], (await running.ended).out);
});
