import { cpSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { runFixture } from "../fixtures/run-fixture.ts";

let copy = "";

beforeAll(() => {
  const root = fileURLToPath(new URL("../../", import.meta.url));
  copy = mkdtempSync(join(tmpdir(), "taskscope-copy-"));
  for (const part of ["src", "package.json"]) cpSync(join(root, part), join(copy, part), { recursive: true });
  symlinkSync(join(root, "node_modules"), join(copy, "node_modules"));
});
afterAll(() => rmSync(copy, { recursive: true, force: true }));

function globalTracker(variables: Readonly<Record<string, string>> = {}): string {
  const { status, stdout, stderr } = runFixture(
    "global-tracker.ts",
    [join(copy, "src", "index.ts")],
    [],
    variables,
  );
  expect(stderr).toBe("");
  expect(status).toBe(0);
  return stdout;
}

describe("the global tracker", () => {
  test("is one object for two copies of the package, which number their tasks together", () => {
    expect(JSON.parse(globalTracker())).toEqual({
      areTwoCopies: true,
      isSame: true,
      isStable: true,
      names: ["from-first", "from-second"],
      prefix: "taskscope",
      parentFound: true,
      finished: 2,
    });
  });

  test("takes its options from the environment; blank variables count as unset", () => {
    const given = JSON.parse(
      globalTracker({
        TASKSCOPE_PREFIX: "shop",
        TASKSCOPE_CONTEXT: "false",
        TASKSCOPE_MAX_SERIES: " ",
        TASKSCOPE_MAX_FINISHED: "1",
        TASKSCOPE_MAX_RUNNING: "Infinity",
      }),
    ) as unknown;
    expect(given).toMatchObject({ prefix: "shop", parentFound: false, finished: 1 });
  });

  test.each([
    [
      "TASKSCOPE_PREFIX",
      "a-b",
      'TASKSCOPE_PREFIX takes a letter and up to 63 letters, digits and underscores, got "a-b"',
    ],
    ["TASKSCOPE_CONTEXT", "yes", 'TASKSCOPE_CONTEXT takes true or false, got "yes" (string)'],
    ["TASKSCOPE_MAX_SERIES", "0", "TASKSCOPE_MAX_SERIES takes a whole number from 1 up, got 0 (number)"],
    [
      "TASKSCOPE_MAX_SERIES",
      "many",
      'TASKSCOPE_MAX_SERIES takes a whole number from 1 up, got "many" (string)',
    ],
    ["TASKSCOPE_MAX_RUNNING", "1.5", "TASKSCOPE_MAX_RUNNING takes a whole number from 1 up, or Infinity"],
    ["TASKSCOPE_MAX_QUEUED", "-1", "TASKSCOPE_MAX_QUEUED takes a whole number from 0 up, or Infinity"],
    ["TASKSCOPE_FINISHED_MS", "5s", "TASKSCOPE_FINISHED_MS takes a number of milliseconds, 0 or more"],
    ["TASKSCOPE_MAX_FINISHED", "Infinity", "TASKSCOPE_MAX_FINISHED takes a whole number from 0 up"],
  ])("names %s when it holds %j", (variable, value, message) => {
    expect(globalTracker({ [variable]: value })).toContain(`InvalidOptionError: ${message}`);
  });
});
