import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { eventKinds } from "../../../src/events/lifecycle-event.ts";
import { defaultLevels } from "../../../src/exporters/log/levels.ts";
import { asPattern, withoutSpaces } from "../../docs/run-block.ts";
import { logsPackage } from "../otel/logs-api.ts";

const page = readFileSync(new URL("../../../docs/logging.md", import.meta.url), "utf8");
const examples = Array.from(
  page.matchAll(/^## ([^\n]*)\n(?:(?!^## ).)*?```ts\n(.*?)```\n\n```text\n(.*?)```/gms),
  ([, heading = "", code = "", printed = ""]) => [heading, code, printed] as const,
);

const sources: Readonly<Record<string, string>> = {
  taskscope: import.meta.resolve("../../../src/index.ts"),
  "taskscope/log": import.meta.resolve("../../../src/exporters/log/index.ts"),
  "taskscope/otel": import.meta.resolve("../../../src/exporters/otel/index.ts"),
  "@opentelemetry/api-logs": import.meta.resolve(logsPackage),
  "@opentelemetry/sdk-logs": import.meta.resolve("@opentelemetry/sdk-logs"),
  pino: import.meta.resolve("pino"),
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

test("the page has its four examples", () => {
  expect(examples.map(([heading]) => heading)).toEqual([
    "Lines of tasks",
    "Floods",
    "Ids on your own lines",
    "OpenTelemetry log records",
  ]);
});

test.each(examples)("the example under “%s” prints what the page says", (_, code, printed) => {
  const { stdout, ...rest } = runProgram(code);
  expect(rest).toEqual({ status: 0, stderr: "" });
  expect(withoutSpaces(stdout)).toMatch(asPattern(printed));
});

test("the table has every kind of event, with the level that it has", () => {
  const documented = Array.from(page.matchAll(/^\| `([a-z-]+)` +\| `(\w+)` +\|/gm), ([, kind, level]) => [
    kind,
    level,
  ]);
  expect(Object.fromEntries(documented)).toEqual(defaultLevels);
  expect(Object.keys(defaultLevels).toSorted()).toEqual(eventKinds.toSorted());
});
