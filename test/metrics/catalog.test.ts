import { describe, expect, test } from "vitest";
import { readFileSync } from "node:fs";
import { version } from "taskscope";
import { metricCatalog } from "../../src/metrics/index.ts";

describe("the metric catalogue", () => {
  test("names are unique, lower case, and end as Prometheus wants them", () => {
    const names = metricCatalog.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    for (const row of metricCatalog) {
      expect(row.name).toMatch(/^[a-z][a-z_]*[a-z]$/);
      expect(row.prometheusName).toBe(row.type === "counter" ? `${row.name}_total` : row.name);
      expect(row.help).toMatch(/\.$/);
    }
  });

  test("units are seconds, bytes or annotations, never 1", () => {
    for (const { unit, name } of metricCatalog) {
      expect(unit).toMatch(/^(s|By|\{[a-z]+\})$/);
      if (unit === "s") expect(name).toMatch(/_seconds$/);
    }
  });
});

test("the version is that of the package", () => {
  const manifest = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as {
    version: string;
  };
  expect(version).toBe(manifest.version);
});
