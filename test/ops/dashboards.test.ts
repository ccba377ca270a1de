import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { stringify } from "yaml";
import type { Panel } from "./dashboard.ts";
import { dashboards, dataPanels, everyPanel, expressionsOf, thresholdSteps } from "./dashboard.ts";
import { parseExpression, withoutVariables } from "./promql.ts";
import { alertNames, thresholdsOf } from "./rule-file.ts";
import { promtool, withFolder } from "./tools.ts";

const prometheus = { type: "prometheus", uid: "${datasource}" };
const units = ["none", "ops", "s", "percentunit", "bytes"];
const counterFunctions = ["rate", "increase", "changes", "resets"];

function overlap(a: Panel, b: Panel): boolean {
  const [p, q] = [a.gridPos, b.gridPos];
  return p.x < q.x + q.w && q.x < p.x + p.w && p.y < q.y + q.h && q.y < p.y + p.h;
}

/** The alert whose runbook a panel links to. */
function alertOf(panel: Panel): string | undefined {
  return /^Runbook: (\w+)$/.exec(panel.links?.[0]?.title ?? "")?.[1];
}

describe.each(dashboards.map((dashboard) => [dashboard.path, dashboard] as const))(
  "%s",
  (path, dashboard) => {
    const panels = dataPanels(dashboard);
    const named = panels.map((panel) => [panel.title, panel] as const);

    it("can be provisioned from a file, is read-only, tagged, and linked to its siblings with time and variables", () => {
      expect(dashboard.text).not.toContain("__inputs");
      expect(dashboard).toMatchObject({ editable: false, schemaVersion: 42, tags: ["taskscope"] });
      expect(dashboard.uid).toMatch(/^taskscope-[a-z-]+$/);
      expect(path).toBe(`dashboards/${dashboard.uid.replace("taskscope-", "")}.json`);
      const siblings = dashboard.links.find(({ type }) => type === "dashboards");
      expect(siblings).toMatchObject({ tags: ["taskscope"], keepTime: true, includeVars: true });
    });

    it("places its panels on the grid without overlaps, each with an id of its own", () => {
      const all = everyPanel(dashboard);
      expect(new Set(all.map(({ id }) => id)).size).toBe(all.length);
      for (const [index, panel] of all.entries()) {
        expect(panel.gridPos.x + panel.gridPos.w, panel.title).toBeLessThanOrEqual(24);
        for (const other of all.slice(index + 1)) {
          expect(overlap(panel, other), `${panel.title} lies on ${other.title}`).toBe(false);
        }
      }
    });

    it("defines every variable that it uses and uses every variable that it defines", () => {
      const builtIn = /^__/;
      const used = [...dashboard.text.matchAll(/\$(?:\{(\w+)[^}]*\}|(\w+))/g)].map(
        ([, braced, bare]) => braced ?? bare ?? "",
      );
      const defined = dashboard.templating.list.map(({ name }) => name);
      expect(new Set(used.filter((name) => !builtIn.test(name)))).toEqual(new Set(defined));
    });

    it("offers variables that follow the time range, take several values and chain to one another", () => {
      const [datasource, ...queries] = dashboard.templating.list;
      expect(datasource).toMatchObject({ name: "datasource", type: "datasource" });
      expect(queries.map(({ name }) => name)).toEqual(["job", "instance", "task_type", "task_name"]);
      for (const variable of queries) {
        expect(variable).toMatchObject({
          refresh: 2,
          multi: true,
          includeAll: true,
          allValue: ".+",
          datasource: prometheus,
        });
      }
      for (const [index, { definition }] of queries.entries()) {
        if (index > 0) expect(definition).toContain('job=~"$job"');
      }
    });

    it("marks firing alerts, process starts and version changes", () => {
      const marks = dashboard.annotations.list.map(({ name }) => name);
      expect(marks).toEqual(expect.arrayContaining(["Firing alerts", "Process starts", "Version changes"]));
    });

    it.each(named)("explains and formats the panel %s", (_title, panel) => {
      const defaults = panel.fieldConfig?.defaults;
      expect(panel.description ?? "").toMatch(/^.{80,}[.]$/s);
      expect(units).toContain(defaults?.unit);
      expect(defaults?.noValue ?? "").toMatch(/^.{10,}$/);
      expect(panel.datasource).toEqual(prometheus);
      expect(panel.targets?.length ?? 0).toBeGreaterThan(0);
      expect(new Set(panel.targets?.map(({ refId }) => refId)).size).toBe(panel.targets?.length);
    });

    it.each(named)(
      "queries the panel %s through the variables, with windows that follow the zoom",
      (_title, panel) => {
        for (const { datasource, expr, instant, exemplar } of panel.targets ?? []) {
          expect(datasource).toEqual(prometheus);
          const { errors, selectors } = parseExpression(expr);
          expect(errors, expr).toBe(0);
          for (const { metric, matchers, within, window } of selectors) {
            expect(matchers, expr).toContain('job=~"$job"');
            const counts = /_(total|bucket|sum|count)$/.test(metric) && !metric.includes(":");
            if (counts)
              expect(
                within.some((name) => counterFunctions.includes(name)),
                expr,
              ).toBe(true);
            if (counts) expect(["$__rate_interval", "$__range"], expr).toContain(window);
            if (metric.endsWith("_bucket") && instant !== true) expect(exemplar, expr).toBe(true);
          }
        }
      },
    );

    it("shows in a panel with a runbook the thresholds of that alert and no others", () => {
      const linked = panels.filter((panel) => alertOf(panel) !== undefined);
      expect(linked.length).toBeGreaterThan(0);
      for (const panel of linked) {
        const alert = alertOf(panel) ?? "";
        expect(alertNames).toContain(alert);
        for (const step of thresholdSteps(panel)) expect(thresholdsOf(alert), panel.title).toContain(step);
      }
    });
  },
);

/** Alerts whose panel is not drawn yet. An alert leaves this list with its panel; no other may be without one. */
const withoutPanel: readonly string[] = [
  "TaskSpawnSurge",
  "TaskSpawnsStopped",
  "TaskLeakSuspected",
  "TasksInFlightUnexplained",
  "TaskStuck",
  "TasksLost",
  "TaskUnresponsive",
  "TaskErrorBudgetBurn",
  "TaskRestartStorm",
  "TaskSpawnLatencyBudgetBurn",
  "TaskConcurrencySaturated",
  "TaskQueueGrowing",
  "TasksRejected",
  "TaskEventLoopBlocked",
  "TaskTelemetryDropped",
];

it("each alert that has thresholds has its main one in a panel of the overview", () => {
  const overview = dashboards.find(({ uid }) => uid === "taskscope-overview");
  const shown = (overview === undefined ? [] : dataPanels(overview)).map(
    (panel) => [alertOf(panel), thresholdSteps(panel)] as const,
  );
  const lacking = alertNames
    .filter((name) => thresholdsOf(name).length > 0)
    .filter((alert) => {
      const steps = shown.filter(([name]) => name === alert).flatMap(([, values]) => values);
      return !steps.includes(thresholdsOf(alert)[0] ?? Number.NaN);
    });
  expect(lacking).toEqual(withoutPanel);
});

it("no two dashboards share a uid or a title", () => {
  for (const key of ["uid", "title"] as const) {
    expect(new Set(dashboards.map((dashboard) => dashboard[key])).size).toBe(dashboards.length);
  }
});

describe.skipIf(promtool.missing)(promtool.title("promtool"), () => {
  it("accepts every expression of every dashboard as a recording rule", async () => {
    const rules = dashboards
      .flatMap((dashboard) => expressionsOf(dashboard))
      .map(({ expr }, index) => ({
        record: `check:${String(index)}`.replace(/\d+/, "n$&"),
        expr: withoutVariables(expr),
      }));
    await withFolder((folder) => {
      const file = join(folder, "dashboards.rules.yml");
      writeFileSync(file, stringify({ groups: [{ name: "dashboards", rules }] }));
      const { ok, output } = promtool.run(["check", "rules", file]);
      expect(ok, output).toBe(true);
    });
  });
});
