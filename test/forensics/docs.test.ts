import { expect, test } from "vitest";
import { readRepositoryFile } from "../docs/run-block.ts";
import { runProgram } from "../docs/run-program.ts";

const page = readRepositoryFile("docs/forensics.md");
const [, code = "", printed = ""] = /```ts\n(.*?)```\n\n```text\n(.*?)```/s.exec(page) ?? [];

const sources: Readonly<Record<string, string>> = {
  taskscope: import.meta.resolve("../../src/index.ts"),
  "taskscope/forensics": import.meta.resolve("../../src/forensics/index.ts"),
};

test("the example of the page prints what the page says", () => {
  expect(runProgram(code, sources)).toEqual({ status: 0, stdout: printed, stderr: "" });
});
