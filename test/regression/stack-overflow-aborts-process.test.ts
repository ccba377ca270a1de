import { expect, test } from "vitest";
import { runFixture } from "../fixtures/run-fixture.ts";

test("a stack overflow inside wrapped functions can be caught, as many times as it happens", () => {
  const { status, signal, stdout } = runFixture("overflowing.ts");
  expect({ status, signal, stdout }).toEqual({ status: 0, signal: null, stdout: "caught 400\n" });
}, 240_000);
