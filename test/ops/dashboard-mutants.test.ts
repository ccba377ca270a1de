import { describe, expect, it } from "vitest";
import { dashboardRules } from "./dashboard-rules.ts";
import { dashboards, readDashboard } from "./dashboard.ts";
import type { Dashboard } from "./dashboard.ts";

const [original] = dashboards.filter(({ uid }) => uid === "taskscope-overview");

/** The overview with one thing wrong in its text. */
function damaged(from: string | RegExp, to: string): Dashboard {
  const { path = "", text = "" } = original ?? {};
  const changed = text.replace(from, to);
  expect(changed, `nothing to damage: ${String(from)}`).not.toBe(text);
  return readDashboard(path, changed);
}

/** Each: what is done to the overview, and the rule that has to notice. */
const damages: readonly (readonly [string, string, string | RegExp, string])[] = [
  ["made editable", "can be provisioned", '"editable": false', '"editable": true'],
  ["with inputs", "can be provisioned", '"version": 1', '"__inputs": [], "version": 1'],
  ["under another uid", "can be provisioned", '"uid": "taskscope-overview"', '"uid": "taskscope-other"'],
  ["whose links forget the time", "links to its siblings", '"keepTime": true', '"keepTime": false'],
  [
    "whose links forget the variables",
    "links to its siblings",
    '"includeVars": true',
    '"includeVars": false',
  ],
  [
    "with a panel on another",
    "places its panels",
    /"gridPos": \{ "x": 3, "y": 1/,
    '"gridPos": { "x": 2, "y": 1',
  ],
  ["with a panel beside the grid", "places its panels", /"x": 20, "y": 1, "w": 4/, '"x": 20, "y": 1, "w": 5'],
  ["with an id twice", "places its panels", '"id": 3,', '"id": 2,'],
  ["with a panel too narrow to read", "room to be read", /"w": 6, "h": 8/, '"w": 5, "h": 8'],
  [
    "with a misspelt variable",
    "defines every variable",
    'task_name=~\\"$task_name',
    'task_name=~\\"$task_nam',
  ],
  ["with a variable nobody uses", "defines every variable", /\$\{trace_datasource\}/g, "tempo"],
  ["whose variable is filled once", "offers variables", '"refresh": 2', '"refresh": 1'],
  ["whose variable takes one value", "offers variables", /"multi": true/, '"multi": false'],
  ["whose variable spells out all values", "offers variables", '"allValue": ".+"', '"allValue": ""'],
  [
    "whose variable follows no other",
    "offers variables",
    'taskscope_build_info{job=~\\"$job\\"}, instance)',
    "taskscope_build_info, instance)",
  ],
  ["without the mark of restarts", "marks firing", "Process starts", "Process begins"],
  [
    "with a panel that is not explained",
    "explains every panel",
    /"description": "Accepted [^"]+"/,
    '"description": ""',
  ],
  ["with a panel that leads nowhere", "explains every panel", " Next: Runtime and pipeline.", ""],
  [
    "with a threshold in its prose",
    "no number of an alert",
    "when it stays below its threshold for minutes",
    "when it stays below 50 % for minutes",
  ],
  ["with a unit that is none", "a unit, and a text", '"unit": "percentunit"', '"unit": "percents"'],
  ["silent about why it is empty", "a unit, and a text", '"noValue": "No task ended yet"', '"noValue": ""'],
  [
    "with a data source built in",
    "asks the chosen",
    /("pluginVersion": "13.2.0",\s+"targets": \[\s+\{\s+"refId": "A",\s+"datasource": \{ "type": "prometheus", "uid": ")\$\{datasource\}/,
    "$1main",
  ],
  ["with a target letter twice", "asks the chosen", '"refId": "B"', '"refId": "A"'],
  ["with a target without a legend", "asks the chosen", '"legendFormat": "completed"', '"legendFormat": ""'],
  ["with an expression that does not parse", "queries through", /"expr": "sum\(rate/, '"expr": "sum((rate'],
  ["of all jobs at once", "queries through", /(tasks_completed_total\{)job=~\\"\$job\\",/, "$1"],
  ["with a window of its own", "queries through", "[$__rate_interval]", "[17m]"],
  [
    "with a counter as it is",
    "queries through",
    /sum by \(job\) \(rate\((taskscope_tasks_spawned_total\{[^}]+\})\[\$__rate_interval\]\)\)/,
    "sum by (job) ($1)",
  ],
  ["without exemplars", "queries through", '"exemplar": true', '"exemplar": false'],
  [
    "with a runbook of something else",
    "queries through",
    "Runbook: TaskConcurrencySaturated",
    "Runbook: TasksLost",
  ],
  ["with a metric that does not exist", "names only", "taskscope_tasks_queued{", "taskscope_tasks_waiting{"],
  ["with a label that does not exist", "names only", "sum by (task_type) (", "sum by (tasktype) ("],
  ["with a matcher of a label that does not exist", "names only", 'reason!~\\"', 'cause!~\\"'],
  ["with a legend of a label that does not exist", "names only", "{{version}}", "{{release}}"],
  ["with an override of nothing", "overrides only", '"options": "p95"', '"options": "p90"'],
  ["with a column of nothing", "overrides only", '"Value #D": "Running"', '"Value #F": "Running"'],
  ["with a threshold of its own", "the thresholds of its alerts", '"value": 10000', '"value": 9000'],
  ["with the threshold of another alert", "the thresholds of its alerts", '"value": 0.9', '"value": 0.05'],
  [
    "with a threshold and no alert",
    "the thresholds of its alerts",
    "Runbook: HighTaskSpawnRate",
    "HighTaskSpawnRate",
  ],
  [
    "with a threshold nobody sees",
    "the thresholds of its alerts",
    '"thresholdsStyle": { "mode": "dashed" }',
    '"thresholdsStyle": { "mode": "off" }',
  ],
  [
    "with a runbook that is not there",
    "links to runbooks",
    "runbooks/HighTaskSpawnRate.md",
    "runbooks/TaskSpawnRate.md",
  ],
  [
    "with a link to a dashboard that is not there",
    "links to runbooks",
    "/d/taskscope-by-task?",
    "/d/taskscope-task?",
  ],
  ["with a link to a variable that is not there", "links to runbooks", "var-task_name=", "var-name="],
];

describe("the checks of the dashboards notice an overview", () => {
  it.each(damages)("%s (%s)", (_title, rule, from, to) => {
    const dashboard = damaged(from, to);
    const [checked, ...others] = dashboardRules.filter(({ title }) => title.includes(rule));
    expect(others).toEqual([]);
    expect(checked?.problems(dashboard)).not.toEqual([]);
  });

  it("and every check has something that it notices", () => {
    const noticing = dashboardRules.filter(({ title }) => damages.some(([, rule]) => title.includes(rule)));
    expect(noticing).toEqual(dashboardRules);
  });
});
