import { expect, test } from "vitest";
import { runFixture } from "../fixtures/run-fixture.ts";

test("a wrapped async function that calls itself for ever rejects, and nothing else does", () => {
  const { status, stdout } = runFixture("endless-async-calls.ts");
  expect({ status, stdout }).toEqual({ status: 0, stdout: "true, unheard 0, running 0\n" });
});
