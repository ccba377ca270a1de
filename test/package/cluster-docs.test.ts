import { spawnSync } from "node:child_process";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { root } from "./manifest.ts";
import { makeConsumer } from "./packed.ts";

const page = readFileSync(`${root}docs/cluster.md`, "utf8");
const examples = Array.from(
  page.matchAll(/^```js\n(\/\/ ([a-z]+\.mjs)\n.*?)^```\n\n```text\n(.*?)^```/gms),
  ([, code = "", name = "", printed = ""]) => [name, code, printed] as const,
);

/** A project with the packed package: threads and children load what users load. */
let consumer: string;

beforeAll(() => {
  consumer = makeConsumer("prom-client");
});

afterAll(() => rmSync(consumer, { recursive: true, force: true }));

test("docs/cluster.md has an example for each way", () => {
  expect(examples.map(([name]) => name)).toEqual(["threads.mjs", "cluster.mjs", "directory.mjs"]);
});

test.each(examples)("%s of docs/cluster.md prints what the page says", (name, code, printed) => {
  writeFileSync(join(consumer, name), code);
  const { NODE_OPTIONS: _ours, ...env } = process.env;
  const { status, stdout, stderr } = spawnSync(process.execPath, [name], {
    cwd: consumer,
    env,
    encoding: "utf8",
  });
  expect(stderr).toBe("");
  expect(stdout).toBe(printed);
  expect(status).toBe(0);
});
