import { stringify } from "yaml";
import { alertThresholds, dashboardUidPrefix, shippedRunbooks } from "../alerts/index.ts";
import type { ThresholdName } from "../alerts/index.ts";
import { renameInExpression } from "./renamed-metrics.ts";

/** The alert that a file of unit tests is about: `task-stuck.test.yml` is about `TaskStuck`. */
export function alertOfTests(path: string): string {
  const [, name = ""] = /([^/]+)[.]test[.]yml$/.exec(path) ?? [];
  return name.replaceAll(/(?:^|-)([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

/** Whether an alert has other numbers than those its unit tests were written for. */
export function hasOtherNumbers(alert: string, changed: ReadonlyMap<ThresholdName, number>): boolean {
  return [...changed.keys()].some((name) => alertThresholds[name].alerts.includes(alert));
}

/** What the unit tests of an alert are fitted to. */
export interface RuleTestFit {
  readonly prefix: string;
  readonly jobs: readonly string[];
  readonly runbooksUrl: string;
  readonly dashboardsUrl: string;
}

/** The unit tests of an alert with the metric names, runbooks and dashboards of a user. */
export function fitRuleTests(
  text: string,
  { prefix, jobs, runbooksUrl, dashboardsUrl }: RuleTestFit,
): string {
  const lines = text.split("\n").map((line) => {
    if (line.includes("runbook_url: ")) return line.replace(shippedRunbooks, () => runbooksUrl);
    if (line.includes("dashboard_url: "))
      return line.replace(
        /(?<=: )\/d\/taskscope(?=-)/,
        () => `${dashboardsUrl}/${dashboardUidPrefix(prefix)}`,
      );
    return renameInExpression(line, prefix);
  });
  // The jobs of the user have no targets in these tests, and an alert that says so.
  const others = 'alertname!="Watchdog"';
  const othersOfAll = 'alertname!~"Watchdog|TaskMetricsJobAbsent"';
  return lines.join("\n").replaceAll(others, jobs.length === 0 ? others : othersOfAll);
}

/** Unit tests of `TaskMetricsJobAbsent` for the jobs that a user named: each fires when it is missing, and only it. */
export function absentJobTests(jobs: readonly string[]): string {
  const up = (job: string): object => ({
    series: `up{job=${JSON.stringify(job)}, instance="a:1"}`,
    values: "1+0x30",
  });
  const expr = 'count by (job) (ALERTS{alertname="TaskMetricsJobAbsent", alertstate="firing"})';
  const missing = jobs.map((job) => ({
    name: `${job} has no target: the alert fires after 10 minutes, for no other job`,
    interval: "1m",
    input_series: jobs.filter((other) => other !== job).map(up),
    promql_expr_test: [
      { expr, eval_time: "9m", exp_samples: [] },
      { expr, eval_time: "20m", exp_samples: [{ labels: `{job=${JSON.stringify(job)}}`, value: 1 }] },
    ],
  }));
  const present = {
    name: "every job has a target: the alert stays silent",
    interval: "1m",
    input_series: jobs.map(up),
    promql_expr_test: [{ expr, eval_time: "20m", exp_samples: [] }],
  };
  const tests = {
    rule_files: ["../taskscope.rules.yml"],
    evaluation_interval: "1m",
    tests: [...missing, present],
  };
  return stringify(tests, { lineWidth: 0 });
}
