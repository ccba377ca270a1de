import { statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { stringify } from "yaml";
import { dashboardRules } from "./dashboard-rules.ts";
import { alertsOf, dashboards, dataPanels, expressionsOf, thresholdSteps } from "./dashboard.ts";
import { withoutVariables } from "./promql.ts";
import { fromTop, readText } from "./repository.ts";
import { alertNames, thresholdsOf } from "./rule-file.ts";
import { promtool, withFolder } from "./tools.ts";

describe.each(dashboards.map((dashboard) => [dashboard.path, dashboard] as const))(
  "%s",
  (_path, dashboard) => {
    it.each(dashboardRules.map((rule) => [rule.title, rule] as const))("%s", (_title, rule) => {
      expect(rule.problems(dashboard)).toEqual([]);
    });
  },
);

it("there are five dashboards, no two of a uid or a title", () => {
  expect(dashboards.map(({ uid }) => uid)).toEqual([
    "taskscope-by-task",
    "taskscope-leaks",
    "taskscope-overview",
    "taskscope-runtime",
    "taskscope-slo",
  ]);
  expect(new Set(dashboards.map(({ title }) => title)).size).toBe(dashboards.length);
});

describe("every alert", () => {
  const panels = dashboards.flatMap((dashboard) => dataPanels(dashboard));

  it.each(alertNames)("%s has a panel that links to its runbook", (alert) => {
    expect(panels.filter((panel) => alertsOf(panel).includes(alert)).length).toBeGreaterThan(0);
  });

  it.each(alertNames.filter((alert) => thresholdsOf(alert).length > 0))(
    "%s has a panel that shows a threshold of it, and none of another alert",
    (alert) => {
      const own = thresholdsOf(alert).map((value) => (value === 0 ? 1 : value));
      const shown = panels.filter((panel) => alertsOf(panel).includes(alert)).flatMap(thresholdSteps);
      expect(shown.some((step) => own.includes(step))).toBe(true);
    },
  );
});

describe("the SLO dashboard", () => {
  const slo = dashboards.find(({ uid }) => uid === "taskscope-slo");
  const panels = slo === undefined ? [] : dataPanels(slo);

  it.each(["TaskErrorBudgetBurn", "TaskSpawnLatencyBudgetBurn"])(
    "draws every factor of %s in the panel of its windows",
    (alert) => {
      const drawn = panels
        .filter((panel) => alertsOf(panel).includes(alert) && panel.type === "timeseries")
        .flatMap(thresholdSteps);
      expect(drawn).toEqual(thresholdsOf(alert).slice(-4));
    },
  );

  it("divides by the budgets, and calls late what the alerts call late", () => {
    const expressions = slo === undefined ? [] : expressionsOf(slo).map(({ expr }) => expr);
    const numbersAfter = (pattern: RegExp): Set<number> =>
      new Set(expressions.flatMap((expr) => [...expr.matchAll(pattern)].map(([, number]) => Number(number))));
    const [budget, late] = thresholdsOf("TaskSpawnLatencyBudgetBurn");
    expect(numbersAfter(/ \/ (\d[\d.]*)/g)).toEqual(new Set([budget]));
    expect(thresholdsOf("TaskErrorBudgetBurn")).toContain(budget);
    expect(numbersAfter(/le="([\d.]+)"/g)).toEqual(new Set([late]));
  });
});

describe("docs/dashboards.md", () => {
  const page = readText("docs/dashboards.md");

  it.each(dashboards.map((dashboard) => [dashboard.path, dashboard] as const))(
    "shows %s on two screens, in pictures below 200 kB",
    (path, { title }) => {
      for (const width of [1_440, 1_024]) {
        const picture = `images/${path.replace("dashboards/", "dashboard-").replace(".json", "")}-${width}.png`;
        expect(page).toContain(picture);
        expect(statSync(fromTop(`docs/${picture}`)).size).toBeLessThan(200_000);
      }
      expect(page).toContain(`## ${title.replace("taskscope / ", "")}\n`);
    },
  );
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
