import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { readRepositoryFile } from "../docs/run-block.ts";

const page = readRepositoryFile("docs/forensics.md");
const [, code = "", printed = ""] = /```ts\n(.*?)```\n\n```text\n(.*?)```/s.exec(page) ?? [];

const sources: Readonly<Record<string, string>> = {
  taskscope: import.meta.resolve("../../src/index.ts"),
  "taskscope/forensics": import.meta.resolve("../../src/forensics/index.ts"),
};

test("the example of the page prints what the page says", () => {
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
    expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: printed, stderr: "" });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
