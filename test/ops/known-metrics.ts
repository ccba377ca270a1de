import { metricCatalog } from "../../src/metrics/index.ts";
import { parseExpression } from "./promql.ts";
import { alerts, recordings } from "./rule-file.ts";

/** What scraping and service discovery add to every metric. */
export const targetLabels: readonly string[] = ["job", "instance", "pod", "cluster", "namespace"];

/** What Prometheus, Alertmanager and the process itself export: metrics that are not ours. */
const foreign: readonly (readonly [string, readonly string[]])[] = [
  ["up", []],
  ["scrape_duration_seconds", []],
  ["process_start_time_seconds", []],
  ["ALERTS", ["alertname", "alertstate", "severity", "task_type"]],
  ["prometheus_notifications_alertmanagers_discovered", []],
  ["prometheus_notifications_errors_total", ["alertmanager"]],
  ["alertmanager_notifications_failed_total", ["integration"]],
];

/** The labels of every metric that exists: of the library's own, of the recordings, and of the few that are not ours. */
export const exportedLabels: ReadonlyMap<string, readonly string[]> = new Map([
  ...foreign,
  ...metricCatalog.flatMap(({ prometheusName, type, labels }): [string, readonly string[]][] => {
    const name = `taskscope_${prometheusName}`;
    if (type !== "histogram") return [[name, labels]];
    return [
      [`${name}_bucket`, [...labels, "le"]],
      [`${name}_sum`, labels],
      [`${name}_count`, labels],
    ];
  }),
  ...recordings.map(({ record }): [string, readonly string[]] => [
    record,
    record.startsWith("job_task:") ? ["task_type", "task_name"] : ["task_type"],
  ]),
]);

/** Labels that the rules themselves add: on the alert, or with `label_replace`. */
const addedLabels = [...alerts, ...recordings].flatMap((rule) => [
  ...("labels" in rule ? Object.keys(rule.labels) : []),
  ...[...rule.expr.matchAll(/, "(\w+)", "[^"]*", "", ""\)/g)].map(([, label]) => label ?? ""),
]);

export const knownLabels: ReadonlySet<string> = new Set([
  ...targetLabels,
  ...addedLabels,
  ...[...exportedLabels.values()].flat(),
]);

/** What is wrong with the names in an expression: metrics that nothing exports, labels that a metric does not have. */
export function unknownNames(expr: string): string[] {
  const { errors, selectors, groupingLabels } = parseExpression(expr);
  return [
    ...(errors === 0 ? [] : [`does not parse: ${expr}`]),
    ...selectors.flatMap(({ metric, labels }) => {
      const own = exportedLabels.get(metric);
      if (own === undefined) return [`${metric} is exported by nothing: ${expr}`];
      return labels
        .filter((label) => ![...targetLabels, ...own].includes(label))
        .map((label) => `${metric} has no label ${label}: ${expr}`);
    }),
    ...groupingLabels
      .filter((label) => !knownLabels.has(label))
      .map((label) => `nothing has a label ${label}: ${expr}`),
  ];
}
