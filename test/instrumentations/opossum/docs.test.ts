import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";

const page = readFileSync(new URL("../../../docs/circuit-breaker.md", import.meta.url), "utf8");
const examples = Array.from(
  page.matchAll(/^## ([^\n]*)\n\n```ts\n(.*?)```\n\n```text\n(.*?)```/gms),
  ([, heading = "", code = "", printed = ""]) => [heading, code, printed] as const,
);

const sources: Readonly<Record<string, string>> = {
  taskscope: import.meta.resolve("../../../src/index.ts"),
  "taskscope/opossum": import.meta.resolve("../../../src/instrumentations/opossum/index.ts"),
  opossum: import.meta.resolve("opossum"),
};

function runProgram(code: string): { status: number | null; stdout: string; stderr: string } {
  const folder = mkdtempSync(join(tmpdir(), "taskscope-docs-"));
  try {
    const path = join(folder, "example.mts");
    const program = code.replaceAll(
      / from "([^"]+)"/g,
      (_, name: string) => ` from ${JSON.stringify(sources[name])}`,
    );
    writeFileSync(path, program);
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      ["--import", import.meta.resolve("tsx"), path],
      { encoding: "utf8", env: { ...process.env, NODE_OPTIONS: "" } },
    );
    return { status, stdout, stderr };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

test("the page has its two examples", () => {
  expect(examples.map(([heading]) => heading)).toEqual(["A breaker for tasks", "A breaker that you have"]);
});

test.each(examples)("the example under “%s” prints what the page says", (_, code, printed) => {
  expect(runProgram(code)).toEqual({ status: 0, stdout: printed, stderr: "" });
});
