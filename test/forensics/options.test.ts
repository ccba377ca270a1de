import { blockedLoop } from "taskscope/forensics";
import { expect, test } from "vitest";

test.each([
  ["thresholdMs", 19],
  ["thresholdMs", 3_600_001],
  ["thresholdMs", Number.NaN],
  ["thresholdMs", "100"],
  ["stacks", 1],
])("%s: %o is refused", (option, value) => {
  expect(() => blockedLoop({ [option]: value })).toThrow(
    expect.objectContaining({ code: "TASKSCOPE_INVALID_OPTION", option: `blockedLoop.${option}` }),
  );
});

test("an option that does not exist is refused", () => {
  expect(() => blockedLoop({ threshold: 100 } as never)).toThrow(/blockedLoop\.threshold/);
});
