import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { eventKinds } from "../../../src/events/lifecycle-event.ts";
import { defaultLevels } from "../../../src/exporters/log/levels.ts";
import { asPattern, withoutSpaces } from "../../docs/run-block.ts";
import { runProgram } from "../../docs/run-program.ts";
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

test("the page has its four examples", () => {
  expect(examples.map(([heading]) => heading)).toEqual([
    "Lines of tasks",
    "Floods",
    "Ids on your own lines",
    "OpenTelemetry log records",
  ]);
});

test.each(examples)("the example under “%s” prints what the page says", (_, code, printed) => {
  const { stdout, ...rest } = runProgram(code, sources);
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
