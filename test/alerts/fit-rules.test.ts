import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { stringify, parse } from "yaml";
import { templates } from "../../scripts/alert-rules.ts";
import { alertThresholds, fitRules } from "../../src/alerts/index.ts";
import type { FitOptions } from "../../src/alerts/index.ts";
import type { AlertRule, RuleFile } from "../ops/rule-file.ts";
import { promtool, withFolder } from "../ops/tools.ts";

function fitted(options: FitOptions): { text: string; alert: (name: string) => AlertRule | undefined } {
  const text = fitRules(templates, options);
  const rules = (parse(text) as RuleFile).groups.flatMap((group) => group.rules);
  const alerts = rules.filter((rule): rule is AlertRule => "alert" in rule);
  return { text, alert: (name) => alerts.find(({ alert }) => alert === name) };
}

describe("fitted rules", () => {
  it("have the numbers asked for in expression, description and table, and the others as they ship", () => {
    const { text, alert } = fitted({ thresholds: { spawnsPerSecond: 250, failureRatio: 0.2 } });
    expect(alert("HighTaskSpawnRate")?.expr).toMatch(/ > 250$/);
    expect(alert("HighTaskSpawnRate")?.annotations["description"]).toContain("threshold 250,");
    expect(alert("HighTaskFailureRate")?.expr).toContain("> 0.2\n");
    expect(text).toMatch(/^# \| HighTaskSpawnRate +\| 250 +\|/m);
    expect(alert("TaskLeakDetected")?.expr).toContain(`+ ${String(alertThresholds.leakGrowth.value)}`);
  });

  it("have the prefix in metrics, recordings and queries of annotations, and in nothing else", () => {
    const { text } = fitted({ prefix: "acme" });
    expect(text).not.toMatch(/taskscope_/);
    expect(text).toContain("job_task:acme_tasks_spawned:rate5m");
    expect(text).toContain("taskscope/taskscope/blob");
    expect(text.replaceAll("acme_", "taskscope_").replaceAll("/d/acme-", "/d/taskscope-")).toBe(
      fitRules(templates),
    );
  });

  it("leave what was given as it is, also where it looks like a metric", () => {
    const { text, alert } = fitted({
      prefix: "acme",
      jobs: ["taskscope_shop"],
      runbooksUrl: "/taskscope_books",
    });
    expect(alert("TaskMetricsJobAbsent")?.expr).toContain('absent(up{job="taskscope_shop"})');
    expect(alert("TaskMetricsJobAbsent")?.expr).toContain("unless on (job)\nacme_build_info");
    expect(text).toContain("/taskscope_books/TaskStuck.md");
  });

  it("lead to the runbooks and dashboards of whoever asks", () => {
    const { alert } = fitted({
      runbooksUrl: "https://wiki.example.org/runbooks",
      dashboardsUrl: "/grafana/d",
    });
    expect(alert("TaskStuck")?.annotations["runbook_url"]).toBe(
      "https://wiki.example.org/runbooks/TaskStuck.md",
    );
    expect(alert("TaskStuck")?.annotations["dashboard_url"]).toMatch(/^\/grafana\/d\/taskscope-leaks\?/);
  });

  it("leave the named types out where tasks are expected to settle, whatever characters they have", () => {
    const { alert } = fitted({ longLivedTypes: ["stream", "a|b", 'q"'] });
    expect(alert("TasksNotSettling")?.expr).toContain('{task_type!~"stream|a[|]b|q."}');
  });

  it.each<[string, unknown]>([
    ["prefix", { prefix: "9lives" }],
    ["thresholds.leakGrowth", { thresholds: { leakGrowth: -1 } }],
    ["thresholds.leakGrowth", { thresholds: { leakGrowth: "many" } }],
    ["thresholds.leekGrowth", { thresholds: { leekGrowth: 1 } }],
    ["thresholds.slowStartSeconds", { thresholds: { slowStartSeconds: 0.2 } }],
    ["thresholds.slowStartSeconds", { thresholds: { slowStartSeconds: 1 } }],
    ["longLivedTypes", { longLivedTypes: [] }],
    ["jobs", { jobs: ["shop\nexpr: vector(1)"] }],
    ["runbooksUrl", { runbooksUrl: "https://wiki.example.org/{{ $labels.job }}" }],
    ["dashboardsUrl", { dashboardsUrl: "/d/" }],
    ["colour", { colour: "red" }],
  ])("are not made with a bad %s", (option, options) => {
    expect(() => fitRules(templates, options as FitOptions)).toThrow(
      expect.objectContaining({
        name: "InvalidOptionError",
        message: expect.stringContaining(option) as string,
      }),
    );
  });

  it("are not made from a template with a placeholder that nothing fills", () => {
    expect(() => fitRules(["# head\n", "groups:\n  - name: ${nonsense}\n"])).toThrow(RangeError);
  });
});

describe.skipIf(promtool.missing)(promtool.title("promtool"), () => {
  it("accepts rules fitted in every way, and finds a job that was never there", async () => {
    await withFolder((folder) => {
      const options: FitOptions = {
        prefix: "acme",
        jobs: ["shop", 'the "mail" job'],
        longLivedTypes: ["stream", "a.b"],
        thresholds: { slowStartSeconds: 2.5, unresponsiveBodies: 3 },
        runbooksUrl: "https://wiki.example.org/r",
      };
      const file = join(folder, "fitted.rules.yml");
      writeFileSync(file, fitRules(templates, options));
      const check = promtool.run(["check", "rules", "--lint=all", "--lint-fatal", file]);
      expect(check.ok, check.output).toBe(true);

      const tests = join(folder, "fitted.test.yml");
      const firing = 'count by (job) (ALERTS{alertname="TaskMetricsJobAbsent", alertstate="firing"})';
      const input = { series: 'up{job="shop", instance="a:1"}', values: "1+0x30" };
      const samples = [{ labels: '{job="the \\"mail\\" job"}', value: 1 }];
      const expected = { expr: firing, eval_time: "20m", exp_samples: samples };
      const test = { interval: "1m", input_series: [input], promql_expr_test: [expected] };
      writeFileSync(
        tests,
        stringify({ rule_files: ["fitted.rules.yml"], evaluation_interval: "1m", tests: [test] }),
      );
      const { ok, output } = promtool.run(["test", "rules", tests]);
      expect(ok, output).toBe(true);
    });
  });
});
