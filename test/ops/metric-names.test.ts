import { describe, expect, it } from "vitest";
import { templateQueries } from "../../scripts/scale-rules.ts";
import { dashboards, dataPanels, expressionsOf } from "./dashboard.ts";
import { exportedLabels, knownLabels, targetLabels, unknownNames } from "./known-metrics.ts";
import { parseExpression } from "./promql.ts";
import { listFiles, readText } from "./repository.ts";
import { alerts, recordings } from "./rule-file.ts";

function expectKnown(expr: string): void {
  expect(unknownNames(expr)).toEqual([]);
}

describe("metrics and labels that the library does not export appear nowhere", () => {
  it("in the rules", () => {
    for (const { expr } of [...recordings, ...alerts]) expectKnown(expr);
  });

  it("in the templates of the alerts", () => {
    for (const { annotations } of alerts) {
      const templates = Object.values(annotations).join("\n");
      for (const query of templateQueries(templates)) expectKnown(query);
      for (const [, label] of templates.matchAll(/(?:\$labels|\.Labels)\.(\w+)/g))
        expect(knownLabels).toContain(label);
    }
  });

  it.each(listFiles("alerts/runbooks", ".md"))("in %s", (path) => {
    for (const [, query = ""] of readText(path).matchAll(/```promql\n(.+?)\n```/gs)) expectKnown(query);
    for (const [name] of readText(path).matchAll(/(?:\w+:)?taskscope_\w+(?::\w+)?/g))
      expect(exportedLabels.has(name), name).toBe(true);
  });

  it.each(dashboards.map((dashboard) => [dashboard.path, dashboard] as const))(
    "in %s",
    (_path, dashboard) => {
      for (const { expr } of expressionsOf(dashboard)) expectKnown(expr);
      const legends = [
        ...dataPanels(dashboard).flatMap(({ targets }) =>
          (targets ?? []).map(({ legendFormat }) => legendFormat),
        ),
        ...dashboard.annotations.list.map(
          ({ titleFormat, textFormat }) => `${titleFormat ?? ""} ${textFormat ?? ""}`,
        ),
      ].join("\n");
      for (const [, label] of legends.matchAll(/\{\{\s*(\w+)\s*\}\}/g)) expect(knownLabels).toContain(label);
    },
  );

  it("in the input of the unit tests of the rules", () => {
    for (const path of listFiles("alerts/tests", ".test.yml")) {
      for (const [, series = ""] of readText(path).matchAll(/- series: (.+)/g)) {
        const { selectors } = parseExpression(series);
        for (const { metric, labels } of selectors) {
          const own = exportedLabels.get(metric) ?? [];
          expect(exportedLabels.has(metric), metric).toBe(true);
          for (const label of own.filter((name) => name !== "le")) expect(labels, series).toContain(label);
          for (const label of labels) expect([...targetLabels, ...own], series).toContain(label);
        }
      }
    }
  });
});
