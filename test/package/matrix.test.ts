import { describe, expect, test } from "vitest";
import { chooseCombinations, combinations } from "../../scripts/matrix/combinations.ts";
import { manifest } from "./manifest.ts";

const chosen = (...words: readonly string[]): readonly string[] =>
  chooseCombinations(words).map((combination) => combination.words.join(" "));

describe("the matrix of tests", () => {
  test("begins with the oldest Node.js that the package takes", () => {
    expect(`>=${combinations[0]?.nodeVersion ?? ""}`).toBe(`${manifest.engines.node}.0`);
  });

  test("replaces every package of OpenTelemetry that the tests use", () => {
    const ours = Object.keys(manifest.devDependencies).filter((name) => name.startsWith("@opentelemetry/"));
    const replaced = ours.filter((name) => name !== "@opentelemetry/api-logs"); // gone into the API
    const [combination] = chooseCombinations(["node26", "otel3"]);
    expect(Object.keys(combination?.packages ?? {}).toSorted()).toEqual(replaced.toSorted());
  });

  test("words of one kind are alternatives, words of both kinds narrow down", () => {
    expect(chosen()).toHaveLength(combinations.length);
    expect(chosen("node24", "otel3")).toEqual(["node24 otel3"]);
    expect(chosen("node20", "node22")).toEqual(["node20 otel2", "node22 otel2", "node22 otel3"]);
    expect(chosen("otel3")).toEqual(["node22 otel3", "node24 otel3", "node26 otel3"]);
  });

  test("words that leave nothing are refused", () => {
    expect(() => chosen("node18")).toThrow(/^"node18" is none of node20\.19, /);
    expect(() => chosen("node20", "otel3")).toThrow(RangeError);
  });
});
