import { copyFileSync, mkdirSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { createTracker } from "taskscope";
import { parse } from "yaml";
import { templates } from "../../scripts/alert-rules.ts";
import { templateQueries } from "../../scripts/scale-rules.ts";
import { alertThresholds, fitRules } from "../../src/alerts/index.ts";
import { dashboards, dataPanels } from "./dashboard.ts";
import type { Dashboard, Panel } from "./dashboard.ts";
import { parseExpression } from "./promql.ts";
import { fromTop, listFiles, readText, readYaml } from "./repository.ts";
import type { AlertRule, RuleFile } from "./rule-file.ts";
import { alertNames, alerts, recordings, ruleFile, rulesPath, thresholdsOf } from "./rule-file.ts";
import { promtool, promtool3, withFolder } from "./tools.ts";

const testFiles = listFiles("alerts/tests", ".test.yml");

interface RuleTests {
  readonly tests: readonly {
    readonly name?: string;
    readonly alert_rule_test?: readonly {
      readonly alertname: string;
      readonly exp_alerts?: readonly {
        readonly exp_labels?: Readonly<Record<string, string>>;
        readonly exp_annotations?: Readonly<Record<string, string>>;
      }[];
    }[];
    readonly promql_expr_test?: readonly {
      readonly expr: string;
      readonly exp_samples: readonly unknown[];
    }[];
  }[];
}

/** The dashboard that an annotation leads to, and the variables that it gives. */
function targetOf(url: string): { dashboard: Dashboard; given: Record<string, string> } {
  const { pathname, searchParams } = new URL(url, "http://grafana");
  const dashboard = dashboards.find(({ uid }) => pathname === `/d/${uid}`);
  if (dashboard === undefined) throw new Error(`there is no dashboard at ${url}`);
  const given = [...searchParams].filter(([key]) => key.startsWith("var-"));
  return { dashboard, given: Object.fromEntries(given.map(([key, value]) => [key.slice(4), value])) };
}

/** The panel that it shows alone. */
function panelAt(url: string): Panel {
  const id = /[?&]viewPanel=(\d+)(?:&|$)/.exec(url)?.[1];
  const panel = dataPanels(targetOf(url).dashboard).find((each) => String(each.id) === id);
  if (panel === undefined) throw new Error(`there is no panel at ${url}`);
  return panel;
}

for (const tool of [promtool, promtool3]) {
  describe.skipIf(tool.missing)(tool.title(tool.name), () => {
    it("accepts the rules with every lint on", () => {
      const { ok, output } = tool.run(["check", "rules", "--lint=all", "--lint-fatal", fromTop(rulesPath)]);
      expect(ok, output).toBe(true);
    });

    it.each(testFiles)("passes the unit tests of %s", { timeout: 240_000 }, (path) => {
      const { ok, output } = tool.run(["test", "rules", fromTop(path)]);
      expect(ok, output).toBe(true);
    });
  });
}

describe.skipIf(promtool.missing)(promtool.title("promtool"), () => {
  it("accepts the configuration with the files where the compose stack mounts them", async () => {
    await withFolder((folder) => {
      const { services } = readYaml<{ services: { prometheus: { volumes: string[] } } }>(
        "docker-compose.observability.yml",
      );
      const mounts = services.prometheus.volumes.map((volume) => volume.split(":"));
      for (const [source = "", target = ""] of mounts.filter(([source]) => source?.startsWith("./"))) {
        mkdirSync(dirname(join(folder, target)), { recursive: true });
        copyFileSync(fromTop(source), join(folder, target));
      }
      const { ok, output } = promtool.run(["check", "config", join(folder, "etc/prometheus/prometheus.yml")]);
      expect(ok, output).toBe(true);
      expect(output).toContain("taskscope.rules.yml");
    });
  });
});

describe("the rules", () => {
  it("parse, and so do the queries in their annotations", () => {
    for (const rule of [...alerts, ...recordings]) {
      expect(parseExpression(rule.expr).errors, rule.expr).toBe(0);
    }
    for (const { alert, annotations } of alerts) {
      const queries = [...(annotations["description"] ?? "").matchAll(/\bquery\b/g)];
      expect(templateQueries(annotations["description"] ?? ""), alert).toHaveLength(queries.length);
    }
  });

  it("record before they alert, within the group that reads the recording", () => {
    for (const { rules } of ruleFile.groups) {
      const recorded = new Set<string>();
      for (const rule of rules) {
        const read = parseExpression(rule.expr).selectors.map(({ metric }) => metric);
        for (const metric of read.filter((name) => name.includes(":"))) expect(recorded).toContain(metric);
        if ("record" in rule) recorded.add(rule.record);
      }
    }
  });

  it("record only what an alert, a dashboard or a runbook reads", () => {
    const readers = [
      ...ruleFile.groups.flatMap(({ rules }) => rules.map(({ expr }) => expr)),
      ...listFiles("dashboards", ".json").map(readText),
      ...listFiles("alerts/runbooks", ".md").map(readText),
    ].join("\n");
    for (const { record } of recordings) expect(readers).toContain(record);
  });

  it("are what the templates and the thresholds make of them", () => {
    expect(readText(rulesPath)).toBe(fitRules(templates));
  });
});

describe("the thresholds", () => {
  const rules = templates
    .slice(1)
    .flatMap((template) => (parse(template) as RuleFile).groups[0]?.rules ?? []);
  const names = Object.keys(alertThresholds);
  const namesIn = (text = ""): string[] =>
    [...text.matchAll(/\$\{(\w+)\}/g)].map(([, name]) => name ?? "").filter((name) => names.includes(name));
  const alertRules = rules.filter((rule): rule is AlertRule => "alert" in rule);

  it("are the only numbers in the expressions, but for quantiles and comparisons with 0", () => {
    for (const { expr } of rules.filter(({ expr }) => expr !== "vector(1)")) {
      const { errors, numbers } = parseExpression(expr.replaceAll(/\$\{\w+\}|(?<=quantile\()0[.]\d+/g, "0"));
      expect(errors, expr).toBe(0);
      expect(new Set([...numbers, 0]), expr).toEqual(new Set([0]));
    }
  });

  it("of an alert stand in its description", () => {
    for (const { expr, annotations } of alertRules) {
      expect(namesIn(annotations["description"]), expr).toEqual(expect.arrayContaining(namesIn(expr)));
    }
  });

  it("name the alerts that they are of", () => {
    for (const [name, { alerts: named }] of Object.entries(alertThresholds)) {
      const users = alertRules.filter(({ annotations }) =>
        namesIn(annotations["description"]).includes(name),
      );
      expect([...new Set(users.map(({ alert }) => alert))].sort(), name).toEqual([...named].sort());
    }
  });

  it("are in the table at the top of the file", () => {
    for (const name of alertNames) {
      const own = Object.values(alertThresholds).filter(({ alerts: named }) => named.includes(name));
      expect(thresholdsOf(name), name).toEqual(own.map(({ value }) => value));
    }
  });
});

describe.each(alertNames)("the alert %s", (name) => {
  const same = alerts.filter(({ alert }) => alert === name);

  it("has a severity and the four annotations, and a summary without numbers or values", () => {
    for (const { labels, annotations } of same) {
      expect(["critical", "warning", "info", "none"]).toContain(labels["severity"]);
      expect(Object.keys(annotations).sort()).toEqual([
        "dashboard_url",
        "description",
        "runbook_url",
        "summary",
      ]);
      expect(annotations["summary"]).not.toMatch(/\d|\{\{/);
      expect(JSON.stringify(labels)).not.toContain("$value");
    }
  });

  it("links to its own runbook, and to a panel that links there too", () => {
    for (const { annotations } of same) {
      const runbook = annotations["runbook_url"] ?? "";
      expect(basename(runbook)).toBe(`${name}.md`);
      expect(runbook).toContain("/alerts/runbooks/");
      const url = annotations["dashboard_url"] ?? "";
      expect(panelAt(url).links?.map((link) => link.url)).toContain(runbook);
    }
  });

  it("opens its dashboard at its own labels, all that the dashboard can be narrowed to", () => {
    const fired = testFiles
      .flatMap((path) => readYaml<RuleTests>(path).tests)
      .flatMap((test) => test.alert_rule_test ?? [])
      .filter((check) => check.alertname === name)
      .flatMap((check) => check.exp_alerts ?? []);
    expect(fired.length).toBeGreaterThan(0);
    for (const { exp_labels = {}, exp_annotations = {} } of fired) {
      const { dashboard, given } = targetOf(exp_annotations["dashboard_url"] ?? "");
      const variables = dashboard.templating.list.map((variable) => variable.name);
      const own = Object.entries(exp_labels).filter(([label]) => variables.includes(label));
      expect(given).toEqual(Object.fromEntries(own));
    }
  });

  it("has a runbook with the five sections, and quick checks that parse", () => {
    const runbook = readText(`alerts/runbooks/${name}.md`);
    expect(runbook).toMatch(new RegExp(`^# ${name}$`, "m"));
    expect([...runbook.matchAll(/^## (.+)$/gm)].map(([, title]) => title)).toEqual([
      "Meaning",
      "Impact",
      "Quick checks",
      "Diagnosis",
      "Mitigation",
    ]);
    const queries = [...runbook.matchAll(/```promql\n(.+?)\n```/gs)].map(([, query]) => query ?? "");
    expect(queries.length).toBeGreaterThan(0);
    for (const query of queries) expect(parseExpression(query).errors, query).toBe(0);
    const tasks = createTracker();
    for (const [, method = ""] of runbook.matchAll(/\btasks\.(\w+)\(/g)) expect(tasks).toHaveProperty(method);
  });

  it("has a named test in which it fires with exact annotations", () => {
    const tests = testFiles.flatMap((path) => readYaml<RuleTests>(path).tests);
    for (const { name: sentence } of tests) expect(sentence).toMatch(/ /);
    const firing = tests
      .flatMap((test) => test.alert_rule_test ?? [])
      .filter((check) => check.alertname === name && (check.exp_alerts ?? []).length > 0);
    expect(firing.length).toBeGreaterThan(0);
    expect(JSON.stringify(firing)).toContain(`runbooks/${name}.md`);
  });

  it.skipIf(name === "Watchdog")(
    "has tests in which it does not fire yet, resolves, and is not fooled",
    () => {
      const tests = testFiles.flatMap((path) => readYaml<RuleTests>(path).tests);
      const checks = tests
        .flatMap((test) => test.alert_rule_test ?? [])
        .filter((check) => check.alertname === name);
      const fires = checks.findIndex(({ exp_alerts }) => (exp_alerts ?? []).length > 0);
      expect(fires, "a check before it fires").toBeGreaterThan(0);
      expect(
        checks.slice(fires + 1).some(({ exp_alerts }) => exp_alerts?.length === 0),
        "a check after",
      ).toBe(true);
      const silent = tests
        .flatMap((test) => test.promql_expr_test ?? [])
        .filter(
          ({ expr, exp_samples }) =>
            expr.startsWith(`count_over_time(ALERTS{alertname="${name}"`) && exp_samples.length === 0,
        );
      expect(silent.length, "a look-alike").toBeGreaterThan(0);
    },
  );
});

it("every runbook belongs to an alert", () => {
  expect(listFiles("alerts/runbooks", ".md").map((path) => basename(path, ".md"))).toEqual(
    [...alertNames].sort(),
  );
});
