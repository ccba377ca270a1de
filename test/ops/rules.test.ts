import { copyFileSync, mkdirSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { templateQueries } from "../../scripts/scale-rules.ts";
import { parseExpression } from "./promql.ts";
import { fromTop, listFiles, readText, readYaml } from "./repository.ts";
import { alertNames, alerts, recordings, ruleFile, rulesPath, thresholdsOf } from "./rule-file.ts";
import { promtool, withFolder } from "./tools.ts";

const testFiles = listFiles("alerts/tests", ".test.yml");

interface RuleTests {
  readonly tests: readonly {
    readonly name?: string;
    readonly alert_rule_test?: readonly {
      readonly alertname: string;
      readonly exp_alerts?: readonly unknown[];
    }[];
  }[];
}

describe.skipIf(promtool.missing)(promtool.title("promtool"), () => {
  it("accepts the rules with every lint on", () => {
    const { ok, output } = promtool.run(["check", "rules", "--lint=all", "--lint-fatal", fromTop(rulesPath)]);
    expect(ok, output).toBe(true);
  });

  it.each(testFiles)("passes the unit tests of %s", { timeout: 60_000 }, (path) => {
    const { ok, output } = promtool.run(["test", "rules", fromTop(path)]);
    expect(ok, output).toBe(true);
  });

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

  it("keep the threshold table, the expressions and the descriptions equal", () => {
    for (const name of alertNames.filter((alert) => alert !== "Watchdog")) {
      const same = alerts.filter(({ alert }) => alert === name);
      const used = same.flatMap(({ expr }) => parseExpression(expr).numbers);
      expect(new Set(used), name).toEqual(new Set(thresholdsOf(name)));
      for (const { annotations } of same) {
        for (const threshold of thresholdsOf(name)) {
          expect(annotations["description"]).toMatch(new RegExp(`(?<![\\d.])${String(threshold)}(?![\\d.])`));
        }
      }
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

  it("links to its own runbook and to a dashboard that exists", () => {
    const uids = listFiles("dashboards", ".json").map(
      (path) => (JSON.parse(readText(path)) as { uid: string }).uid,
    );
    for (const { annotations } of same) {
      const runbook = annotations["runbook_url"] ?? "";
      expect(basename(runbook)).toBe(`${name}.md`);
      expect(runbook).toContain("/alerts/runbooks/");
      expect(uids).toContain(/^\/d\/([\w-]+)/.exec(annotations["dashboard_url"] ?? "")?.[1]);
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
});

it("every runbook belongs to an alert", () => {
  expect(listFiles("alerts/runbooks", ".md").map((path) => basename(path, ".md"))).toEqual(
    [...alertNames].sort(),
  );
});
