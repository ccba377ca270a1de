import { alertsOf } from "./dashboard.ts";
import type { Panel } from "./dashboard.ts";
import { parseExpression } from "./promql.ts";
import { alerts, recordings } from "./rule-file.ts";

const counterFunctions = ["rate", "increase", "changes", "resets"];

interface Reading {
  readonly metric: string;
  readonly window: string | undefined;
}

/** What an expression reads, and what the recordings that it reads are made of. */
function readings(expr: string): Reading[] {
  return parseExpression(expr).selectors.flatMap(({ metric, window }) => {
    const recording = recordings.find(({ record }) => record === metric);
    return [{ metric, window }, ...(recording === undefined ? [] : readings(recording.expr))];
  });
}

function readingsOfAlert(name: string): Reading[] {
  return alerts.filter(({ alert }) => alert === name).flatMap(({ expr }) => readings(expr));
}

/** Everything of the queries of a panel that would make it show something else than it says. */
export function queryProblems(panel: Panel): string[] {
  const linked = alertsOf(panel).map((alert) => [alert, readingsOfAlert(alert)] as const);
  const ofAlerts = linked.flatMap(([, read]) => read);
  const windows = new Set(["$__rate_interval", "$__range", ...ofAlerts.map(({ window }) => window)]);
  const problems: string[] = [];
  const read = new Set<string>();
  for (const { expr, instant, exemplar } of panel.targets ?? []) {
    const { errors, selectors } = parseExpression(expr);
    if (errors > 0) problems.push(`does not parse: ${expr}`);
    for (const { metric, matchers, within, window } of selectors) {
      for (const { metric: name } of readings(metric)) read.add(name);
      // Watchdog stands for all jobs.
      if (!matchers.includes('job=~"$job"') && !matchers.includes('alertname="Watchdog"'))
        problems.push(`is not narrowed by $job: ${expr}`);
      const isCounter = /_(total|bucket|sum|count)$/.test(metric) && !metric.includes(":");
      // A panel that shows what an alert compares does it as the alert does, and in its windows.
      const asInAlert = ofAlerts.some((reading) => reading.metric === metric && reading.window === window);
      if (isCounter && !asInAlert && !within.some((name) => counterFunctions.includes(name)))
        problems.push(`shows a counter without a rate: ${expr}`);
      if (isCounter && !windows.has(window)) problems.push(`has a window of its own: ${expr}`);
      if (metric.endsWith("_bucket") && instant !== true && exemplar !== true)
        problems.push(`asks for no exemplars: ${expr}`);
    }
  }
  for (const [alert, ofAlert] of linked) {
    if (ofAlert.length > 0 && !ofAlert.some(({ metric }) => read.has(metric)))
      problems.push(`reads nothing that ${alert} reads`);
  }
  return problems;
}
