import { describe, expect, it } from "vitest";
import { templateQueries } from "../../scripts/scale-rules.ts";
import { metricCatalog } from "../../src/metrics/index.ts";
import { dashboards, dataPanels, expressionsOf } from "./dashboard.ts";
import { parseExpression } from "./promql.ts";
import { listFiles, readText } from "./repository.ts";
import { alerts, recordings } from "./rule-file.ts";

/** What scraping and service discovery add to every metric. */
const targetLabels = ["job", "instance", "pod", "cluster", "namespace"];

/** What Prometheus, Alertmanager and the process itself export: metrics that are not ours. */
const foreign = new Map<string, readonly string[]>([
  ["up", []],
  ["scrape_duration_seconds", []],
  ["process_start_time_seconds", []],
  ["ALERTS", ["alertname", "alertstate", "severity", "task_type"]],
  ["prometheus_notifications_alertmanagers_discovered", []],
  ["prometheus_notifications_errors_total", ["alertmanager"]],
  ["alertmanager_notifications_failed_total", ["integration"]],
]);

const exported = new Map<string, readonly string[]>(foreign);
for (const { prometheusName, type, labels } of metricCatalog) {
  const name = `taskscope_${prometheusName}`;
  if (type !== "histogram") exported.set(name, labels);
  else {
    exported.set(`${name}_bucket`, [...labels, "le"]);
    for (const suffix of ["_sum", "_count"]) exported.set(`${name}${suffix}`, labels);
  }
}
for (const { record } of recordings) {
  exported.set(record, record.startsWith("job_task:") ? ["task_type", "task_name"] : ["task_type"]);
}
/** Labels that the rules themselves add: on the alert, or with `label_replace`. */
const addedLabels = [...alerts, ...recordings].flatMap((rule) => [
  ...("labels" in rule ? Object.keys(rule.labels) : []),
  ...[...rule.expr.matchAll(/, "(\w+)", "[^"]*", "", ""\)/g)].map(([, label]) => label ?? ""),
]);
const knownLabels = new Set([...targetLabels, ...addedLabels, ...[...exported.values()].flat()]);

function expectKnown(expr: string): void {
  const { errors, selectors, groupingLabels } = parseExpression(expr);
  expect(errors, expr).toBe(0);
  for (const { metric, labels } of selectors) {
    const own = exported.get(metric);
    expect(own, `${metric} is exported by nothing: ${expr}`).toBeDefined();
    for (const label of labels)
      expect([...targetLabels, ...(own ?? [])], `${metric} in ${expr}`).toContain(label);
  }
  for (const label of groupingLabels) expect(knownLabels, expr).toContain(label);
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
      expect(exported.has(name), name).toBe(true);
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
          const own = exported.get(metric) ?? [];
          expect(exported.has(metric), metric).toBe(true);
          for (const label of own.filter((name) => name !== "le")) expect(labels, series).toContain(label);
          for (const label of labels) expect([...targetLabels, ...own], series).toContain(label);
        }
      }
    }
  });
});
