import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { runProgram } from "../../docs/run-program.ts";

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

test("the page has its two examples", () => {
  expect(examples.map(([heading]) => heading)).toEqual(["A breaker for tasks", "A breaker that you have"]);
});

test.each(examples)("the example under “%s” prints what the page says", (_, code, printed) => {
  expect(runProgram(code, sources)).toEqual({ status: 0, stdout: printed, stderr: "" });
});
