import { basename } from "node:path";
import { fitRules, shippedRunbooks } from "../alerts/index.ts";
import { fitAlertmanager } from "./fit-alertmanager.ts";
import { fitCompose, fitPrometheus } from "./fit-compose.ts";
import { fitDashboard } from "./fit-dashboard.ts";
import { absentJobTests, alertOfTests, fitRuleTests, hasOtherNumbers } from "./fit-rule-tests.ts";
import { changedThresholds, targetsByJob, toFitOptions } from "./init-options.ts";
import type { InitOptions } from "./init-options.ts";
import { dashboardConfigMap, prometheusRule, resourceName } from "./kubernetes-files.ts";
import { renameInProse } from "./renamed-metrics.ts";
import { listShipped, readRuleTemplates, readShipped } from "./shipped-files.ts";

/** What `init` would write. */
export interface Plan {
  /** The text of each file by its path, with slashes, in the folder of the user. */
  readonly files: ReadonlyMap<string, string>;
  /** Alerts whose unit tests are left out: they were written for the numbers that ship, and the user has others. */
  readonly untested: readonly string[];
}

const composeFile = "docker-compose.observability.yml";

/** Fits every file to the options. Writes nothing. Throws an `InvalidOptionError` for the first bad option. */
export function planFiles(options: InitOptions): Plan {
  const fit = toFitOptions(options);
  const files = new Map<string, string>();
  const untested: string[] = [];
  const prefix = fit.prefix ?? "taskscope";
  const jobs = fit.jobs ?? [];
  const thresholds = changedThresholds(options);
  const runbooksUrl = fit.runbooksUrl ?? shippedRunbooks;

  const rules = fitRules(readRuleTemplates(), fit).replace(
    /^# Made from templates.*$/m,
    "# Made by `taskscope init`. Run it again with other options rather than change the file: it shows what would change.",
  );
  files.set("alerts/taskscope.rules.yml", rules);
  files.set(
    "alerts/alertmanager.yml",
    fitAlertmanager(readShipped("alerts/alertmanager.yml"), options.webhookUrl),
  );

  const testFit = { prefix, jobs, runbooksUrl, dashboardsUrl: fit.dashboardsUrl ?? "/d" };
  for (const path of listShipped("alerts/tests", ".test.yml")) {
    const alert = alertOfTests(path);
    if (!rules.includes(`- alert: ${alert}\n`)) continue;
    if (alert === "TaskMetricsJobAbsent" && jobs.length > 0) files.set(path, absentJobTests(jobs));
    else if (hasOtherNumbers(alert, thresholds)) untested.push(alert);
    else files.set(path, fitRuleTests(readShipped(path), testFit));
  }

  for (const path of listShipped("dashboards", ".json"))
    files.set(path, fitDashboard(readShipped(path), { prefix, jobs, runbooksUrl, thresholds }));

  if (options.kubernetes === true) addKubernetes(files, prefix, options.kubernetesLabel ?? {});
  if (options.compose === true) addCompose(files, prefix, options);
  return { files, untested };
}

function addKubernetes(
  files: Map<string, string>,
  prefix: string,
  labels: Readonly<Record<string, string>>,
): void {
  const rules = files.get("alerts/taskscope.rules.yml") ?? "";
  files.set(
    "kubernetes/prometheus-rule.yml",
    prometheusRule(rules, resourceName(prefix, "task-alerts"), labels),
  );
  for (const [path, text] of [...files]) {
    if (!path.startsWith("dashboards/")) continue;
    const file = basename(path);
    const stem = basename(path, ".json");
    const name = resourceName(prefix, `dashboard-${stem}`);
    files.set(
      `kubernetes/dashboard-${stem}.yml`,
      dashboardConfigMap(text, `${prefix}-${file}`, name, labels),
    );
  }
}

/** The stack that ships, with the same paths, so that each mount finds its file. */
function addCompose(files: Map<string, string>, prefix: string, options: InitOptions): void {
  files.set(composeFile, fitCompose(readShipped(composeFile), prefix.toLowerCase()));
  for (const [, path = ""] of readShipped(composeFile).matchAll(/^ +- \.\/(docker\/[^:\n]+):/gm)) {
    const paths = path.endsWith(".yml") ? [path] : listShipped(path, ".yml");
    for (const each of paths) files.set(each, renameInProse(readShipped(each), prefix));
  }
  const prometheus = "docker/prometheus/prometheus.yml";
  files.set(prometheus, fitPrometheus(readShipped(prometheus), targetsByJob(options)));
}
