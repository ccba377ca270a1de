import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { createTracker } from "taskscope";
import { metricsPage } from "taskscope/http";
import { alertThresholds, fitRules } from "../../src/alerts/index.ts";
import type { ThresholdName } from "../../src/alerts/index.ts";
import { metricCatalog } from "../../src/metrics/index.ts";
import { templates } from "../../scripts/alert-rules.ts";
import { dataPanels, expressionsOf, thresholdSteps } from "../ops/dashboard.ts";
import type { Dashboard } from "../ops/dashboard.ts";
import { parseExpression } from "../ops/promql.ts";
import type { RuleFile } from "../ops/rule-file.ts";
import { amtool, dockerCompose, promtool } from "../ops/tools.ts";
import { emptyFolder, installCommand, readFolder } from "./installed-command.ts";

const taskscope = installCommand();

const everything = [
  ...["--prefix", "acme", "--job", "shop", "--job", 'the "mail" job', "--slo", "99.9"],
  ...["--threshold", "leakGrowth=500", "--threshold", "failureRatio=0.2"],
  ...["--runbook-url", "https://wiki.example.org/r", "--dashboard-url", "/grafana/d"],
  ...["--webhook-url", "https://chat.example.org/hook?a=1&b=2"],
  ...["--kubernetes", "--kubernetes-label", "release=monitoring"],
  ...["--compose", "--target", "shop=app:9464", "--target", 'the "mail" job=mail:9464'],
];

/** Runs `init` in a new folder; gives the folder and what is in it. */
function write(...args: readonly string[]): {
  folder: string;
  files: ReadonlyMap<string, string>;
  out: string;
} {
  const folder = emptyFolder();
  const { code, out, errors } = taskscope("init", "--dir", folder, ...args);
  expect({ code, errors }).toEqual({ code: 0, errors: "" });
  return { folder, files: readFolder(folder), out };
}

const rulesPath = "alerts/taskscope.rules.yml";
const namesOf = (files: ReadonlyMap<string, string>, folder: string): string[] =>
  [...files.keys()].filter((path) => path.startsWith(`${folder}/`));
const dashboardsOf = (files: ReadonlyMap<string, string>): Dashboard[] =>
  namesOf(files, "dashboards").map((path) => JSON.parse(files.get(path) ?? "") as Dashboard);

describe("what init writes", () => {
  test("without options is what ships", () => {
    const { files } = write();
    const rules = (parse(files.get(rulesPath) ?? "") as RuleFile).groups;
    expect(rules).toEqual((parse(fitRules(templates)) as RuleFile).groups);
    expect(namesOf(files, "alerts/tests").length).toBeGreaterThan(20);
    expect(dashboardsOf(files).map(({ uid }) => uid)).toContain("taskscope-overview");
    expect(namesOf(files, "kubernetes")).toEqual([]);
    expect(namesOf(files, "docker")).toEqual([]);
  });

  test("names in rules, tests and dashboards only what a tracker with that prefix exports", async () => {
    const { files } = write(...everything);
    const exported = await exportedNames("acme");
    const groups = (parse(files.get(rulesPath) ?? "") as RuleFile).groups;
    const rules = groups.flatMap((group) => group.rules);
    for (const rule of rules) if ("record" in rule) exported.add(rule.record);
    const expressions = [
      ...rules.map(({ expr }) => expr),
      ...dashboardsOf(files).flatMap((dashboard) => expressionsOf(dashboard).map(({ expr }) => expr)),
    ];
    const foreign = /^(?:up|ALERTS|process_start_time_seconds|(?:scrape|prometheus|alertmanager)_\w+)$/;
    const used = expressions.flatMap((expr) => parseExpression(expr).selectors.map(({ metric }) => metric));
    // Of clusters, groups and breakers, which this tracker has none of.
    for (const { prometheusName } of metricCatalog) exported.add(`acme_${prometheusName}`);
    const unknown = new Set(used.filter((name) => !exported.has(name) && !foreign.test(name)));
    expect([...unknown]).toEqual([]);
    expect(used.filter((name) => name.includes("acme_")).length).toBeGreaterThan(100);
    for (const [path, text] of files) expect(text, path).not.toMatch(/\btaskscope_(?!x)[a-z]/);
  });

  test("holds in rules and dashboards the same thresholds, whichever are given", () => {
    const given = new Map(
      (Object.keys(alertThresholds) as ThresholdName[]).map((name, index) => [name, 1.5 + index]),
    ).set("slowStartSeconds", 2.5);
    const { files } = write(
      ...[...given].flatMap(([name, value]) => ["--threshold", `${name}=${String(value)}`]),
    );
    let steps = 0;
    for (const panel of dashboardsOf(files).flatMap((dashboard) => dataPanels(dashboard))) {
      const [, alert] = /\/runbooks\/(\w+)\.md$/.exec(panel.links?.[0]?.url ?? "") ?? [];
      if (alert === undefined) continue;
      const own = [...given].filter(([name]) => alertThresholds[name].alerts.includes(alert));
      for (const step of thresholdSteps(panel)) {
        // It counts types, of each of which the expression knows the threshold.
        if (panel.title === "Stopped types") continue;
        expect(
          own.map(([, value]) => value),
          panel.title,
        ).toContain(step);
        steps += 1;
      }
      for (const { expr } of panel.targets ?? []) {
        expect(expr).not.toMatch(/ \/ 0\.01$|le="0\.1"| - 2 \* |offset 1h\) > 0/);
      }
    }
    expect(steps).toBeGreaterThan(30);
  });

  test("colours what fires above 0 from 1 on: from 0 on it would always be coloured", () => {
    const stepsOf = (title: string, ...args: readonly string[]): number[] =>
      dashboardsOf(write(...args).files)
        .flatMap((dashboard) => dataPanels(dashboard))
        .filter((panel) => panel.title === title)
        .flatMap(thresholdSteps);
    expect(stepsOf("Stuck by type")).toEqual([1]);
    expect(stepsOf("Stuck by type", "--threshold", "stuckTasks=3")).toEqual([3]);
    expect(stepsOf("Growth in 10 minutes", "--threshold", "leakGrowth=0")).toEqual([1]);
    expect(stepsOf("Failure ratio by type", "--threshold", "failureRatio=0")).toEqual([1e-9]);
  });

  test("says in the texts of panels the numbers of the user", () => {
    const given = ["slo=99.5", "threshold=latencyBudget=0.07", "threshold=slowStartSeconds=0.25"];
    const { files } = write(...given.map((each) => `--${each}`));
    const slo = dashboardsOf(files).find(({ uid }) => uid === "taskscope-slo");
    const shown = JSON.stringify(slo);
    expect(slo?.panels[0]?.title).toBe(
      "Objectives: 99.5 % of the tasks that settle succeed, 93 % of the managed tasks start within 0.25 s",
    );
    expect(shown).toContain("The objective is that 99.5 % succeed in 30 days.");
    expect(shown).toContain("the budget of 7 % late starts is used up");
    for (const panel of slo === undefined ? [] : dataPanels(slo))
      expect(panel.description).not.toMatch(/\b99 %|\b1 %|0\.1 s/);
  });

  test("has with another prefix dashboards beside those of this one: uids, titles, tags, and what leads to them", () => {
    const prefix = "a_prefix_that_is_much_longer_than_a_uid_may_be";
    for (const [args, uid, name] of [
      [everything, "acme", "acme"],
      [["--prefix", prefix], "a_prefix_that_is_much_longer_th", prefix],
    ] as const) {
      const { files } = write(...args);
      const written = dashboardsOf(files);
      expect(written.map((dashboard) => [dashboard.uid, dashboard.title])).toEqual([
        [`${uid}-by-task`, `${name} / By task`],
        [`${uid}-leaks`, `${name} / Leaks and stuck tasks`],
        [`${uid}-overview`, `${name} / Overview`],
        [`${uid}-runtime`, `${name} / Runtime and pipeline`],
        [`${uid}-slo`, `${name} / SLO`],
      ]);
      for (const dashboard of written) {
        expect(dashboard.uid.length).toBeLessThanOrEqual(40);
        expect(dashboard.tags).toEqual([name]);
        expect(dashboard.links[0]?.tags).toEqual([name]);
      }
      const uids = written.map((dashboard) => dashboard.uid);
      const links = [...files.values()].join("\n").matchAll(/\/d\/([\w-]+)\?/g);
      const led = new Set(Array.from(links, ([, to = ""]) => to));
      expect([...led].filter((to) => !uids.includes(to))).toEqual([]);
      expect(led.size).toBe(5);
    }
  });

  test("says which alerts have no unit tests, for their numbers are others", () => {
    const { files, out } = write("--threshold", "leakGrowth=500");
    expect(out).toContain("other thresholds: TaskLeakDetected\n");
    expect(files.has("alerts/tests/task-leak-detected.test.yml")).toBe(false);
    expect(files.has("alerts/tests/task-leak-suspected.test.yml")).toBe(true);
  });

  test("holds for Kubernetes the very rules and dashboards, found by operator and sidecar", () => {
    const { files } = write(...everything);
    const rule = parse(files.get("kubernetes/prometheus-rule.yml") ?? "") as Record<string, unknown>;
    expect(rule).toEqual({
      apiVersion: "monitoring.coreos.com/v1",
      kind: "PrometheusRule",
      metadata: {
        name: "acme-task-alerts",
        labels: { "app.kubernetes.io/part-of": "taskscope", release: "monitoring" },
      },
      spec: parse(files.get(rulesPath) ?? "") as object,
    });
    for (const path of namesOf(files, "dashboards")) {
      const stem = path.slice("dashboards/".length, -".json".length);
      const map = parse(files.get(`kubernetes/dashboard-${stem}.yml`) ?? "") as {
        kind: string;
        metadata: { name: string; labels: Record<string, string> };
        data: Record<string, string>;
      };
      expect(map.kind).toBe("ConfigMap");
      expect(map.metadata.name).toBe(`acme-dashboard-${stem}`);
      expect(map.metadata.labels["grafana_dashboard"]).toBe("1");
      expect(map.data).toEqual({ [`acme-${stem}.json`]: files.get(path) });
    }
  });

  test("leads from dashboards to the runbooks of the user, and begins with the user's jobs", () => {
    const { files } = write(...everything);
    for (const dashboard of dashboardsOf(files)) {
      const text = JSON.stringify(dashboard);
      expect(text).not.toContain("github.com");
      expect(text).toContain("https://wiki.example.org/r");
      expect(dashboard.templating.list.find(({ name }) => name === "job")).toMatchObject({
        current: { value: ["shop", 'the "mail" job'] },
      });
    }
  });

  test("tells the webhook of the user, and without one nobody", () => {
    const receiversOf = (files: ReadonlyMap<string, string>): unknown[] =>
      (parse(files.get("alerts/alertmanager.yml") ?? "") as { receivers: unknown[] }).receivers;
    const url = "https://chat.example.org/hook?a=1&b=2";
    expect(receiversOf(write(...everything).files)[0]).toEqual({
      name: "notify",
      webhook_configs: [{ url, send_resolved: true }],
    });
    expect(receiversOf(write().files)).toEqual([{ name: "notify" }, { name: "page" }, { name: "watchdog" }]);
  });

  test("scrapes in the compose stack the jobs of the user, and mounts only files that were written", () => {
    const { files } = write(...everything);
    const prometheus = parse(files.get("docker/prometheus/prometheus.yml") ?? "") as {
      scrape_configs: { job_name: string; static_configs: { targets: string[] }[] }[];
    };
    expect(
      prometheus.scrape_configs.map((scrape) => [scrape.job_name, scrape.static_configs[0]?.targets]),
    ).toEqual(
      expect.arrayContaining([
        ["shop", ["app:9464"]],
        ['the "mail" job', ["mail:9464"]],
      ]),
    );
    const compose = files.get("docker-compose.observability.yml") ?? "";
    const { services, name } = parse(compose, { merge: true }) as {
      name: string;
      services: Record<string, { volumes?: string[]; depends_on?: object }>;
    };
    expect(name).toBe("acme");
    expect(Object.keys(services)).toEqual(expect.arrayContaining(["prometheus", "alertmanager", "grafana"]));
    expect([...files.values()].join("\n")).not.toMatch(/\bdemo:8080/);
    for (const { volumes = [], depends_on = {} } of Object.values(services)) {
      for (const needed of Object.keys(depends_on)) expect(services).toHaveProperty(needed);
      for (const volume of volumes.filter((each) => each.startsWith("./"))) {
        const path = volume.slice(2).split(":")[0] ?? "";
        expect(
          [...files.keys()].some((file) => file === path || file.startsWith(`${path}/`)),
          path,
        ).toBe(true);
      }
    }
  });
});

/** Every name that a running tracker with that prefix exposes: one that has done a bit of everything. */
async function exportedNames(prefix: string): Promise<Set<string>> {
  const page = metricsPage();
  const tasks = createTracker({
    prefix,
    types: { network: { maxRunning: 2, expectedMs: 1_000 } },
    plugins: [page],
  });
  const unsubscribe = tasks.subscribe({ name: "log" }, () => undefined);
  await tasks.run("fails", async () => Promise.reject(new RangeError("on purpose"))).catch(() => undefined);
  const call = tasks.spawn({ name: "call", type: "network" }, ({ signal }) => once(signal, "abort"));
  await tasks.run("looks", async () => undefined); // the call has begun
  const { body } = await page.render();
  call.cancel("seen");
  unsubscribe();
  await tasks.shutdown();
  const names = new Set<string>();
  for (const [, name = "", type] of String(body).matchAll(/^# TYPE (\S+) (\w+)$/gm)) {
    if (type === "histogram") for (const end of ["_bucket", "_sum", "_count"]) names.add(name + end);
    else names.add(name);
  }
  return names;
}

describe.skipIf(promtool.missing)(promtool.title("promtool"), () => {
  test.each([
    ["everything", everything],
    ["a budget, and numbers of one alert", ["--slo", "95", "--threshold", "stuckTasks=3"]],
  ])("accepts the rules fitted to %s, and they pass the unit tests that came with them", (_, args) => {
    const { folder, files } = write(...args);
    const check = promtool.run(["check", "rules", "--lint=all", "--lint-fatal", join(folder, rulesPath)]);
    expect(check.ok, check.output).toBe(true);
    const tests = namesOf(files, "alerts/tests").map((path) => join(folder, path));
    const { ok, output } = promtool.run(["test", "rules", ...tests]);
    expect(ok, output).toBe(true);
    expect(output.match(/SUCCESS/g)).toHaveLength(tests.length);
  });

  test("fails the unit tests that came when an alert watches another job", () => {
    const { folder, files } = write(...everything);
    writeFileSync(
      join(folder, rulesPath),
      (files.get(rulesPath) ?? "").replace('absent(up{job="shop"})', 'absent(up{job="shap"})'),
    );
    const tests = join(folder, "alerts/tests/task-metrics-job-absent.test.yml");
    expect(promtool.run(["test", "rules", tests]).ok).toBe(false);
  });

  test("accepts the Prometheus configuration of the compose stack", () => {
    const { folder } = write(...everything);
    const file = join(folder, "docker/prometheus/prometheus.yml");
    const { ok, output } = promtool.run(["check", "config", "--syntax-only", file]);
    expect(ok, output).toBe(true);
  });
});

describe.skipIf(amtool.missing)(amtool.title("amtool"), () => {
  test.each([
    ["with a webhook", everything],
    ["without receivers", []],
  ])("accepts the Alertmanager configuration %s, and routes by severity", (_, args) => {
    const config = join(write(...args).folder, "alerts/alertmanager.yml");
    const check = amtool.run(["check-config", config]);
    expect(check.ok, check.output).toBe(true);
    const route = ["config", "routes", "test", `--config.file=${config}`, "--verify.receivers=page"];
    const { ok, output } = amtool.run([...route, "alertname=TaskLeakDetected", "severity=critical"]);
    expect(ok, output).toBe(true);
  });
});

describe.skipIf(dockerCompose.missing)(dockerCompose.title("docker-compose"), () => {
  test("accepts the compose file", () => {
    const { folder } = write(...everything);
    const file = join(folder, "docker-compose.observability.yml");
    const { status, stderr } = spawnSync(dockerCompose.command, ["-f", file, "config", "-q"], {
      encoding: "utf8",
      env: { ...process.env, GRAFANA_ADMIN_PASSWORD: "correct horse" },
    });
    expect(status, stderr).toBe(0);
  });
});
