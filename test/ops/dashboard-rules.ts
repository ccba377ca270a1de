import { existsSync } from "node:fs";
import { alertThresholds } from "../../src/alerts/index.ts";
import type { ThresholdName } from "../../src/alerts/index.ts";
import { fitPhrases } from "../../src/cli/threshold-phrases.ts";
import { alertsOf, dashboards, dataPanels, everyPanel, expressionsOf, thresholdSteps } from "./dashboard.ts";
import type { Dashboard, Panel } from "./dashboard.ts";
import { queryProblems } from "./dashboard-queries.ts";
import { knownLabels, unknownNames } from "./known-metrics.ts";
import { fromTop } from "./repository.ts";
import { alertNames, thresholdsOf } from "./rule-file.ts";

/** What every dashboard keeps to. A rule says what is wrong; nothing means that all is well. */
export interface DashboardRule {
  readonly title: string;
  readonly problems: (dashboard: Dashboard) => string[];
}

const prometheus = JSON.stringify({ type: "prometheus", uid: "${datasource}" });
const runbooks = "https://github.com/taskscope/taskscope/blob/main/alerts/runbooks/";
const outcomes = ["completed", "failed", "cancelled"];
const units = ["none", "ops", "s", "percentunit", "bytes"];
const marks = ["Firing alerts", "Process starts", "Restarts without a start time", "Version changes"];
/** The order in which variables chain, and what a dashboard has at the least. */
const variableOrder = ["datasource", "trace_datasource", "job", "instance", "task_type", "task_name"];

/** The smallest width and height at which a panel can be read on a screen of 1024 pixels. */
const smallest: Readonly<Record<string, readonly [number, number]>> = {
  stat: [3, 4],
  timeseries: [6, 7],
  heatmap: [6, 7],
  table: [8, 6],
};

function overlap(a: Panel, b: Panel): boolean {
  const [p, q] = [a.gridPos, b.gridPos];
  return p.x < q.x + q.w && q.x < p.x + p.w && p.y < q.y + q.h && q.y < p.y + p.h;
}

function unless(fine: boolean, problem: string): string[] {
  return fine ? [] : [problem];
}

/** A rule that looks at each panel alone. */
function ofPanels(title: string, problems: (panel: Panel) => string[]): DashboardRule {
  return {
    title,
    problems: (dashboard) =>
      dataPanels(dashboard).flatMap((panel) =>
        problems(panel).map((problem) => `${panel.title}: ${problem}`),
      ),
  };
}

/** The names under which the series or columns of a panel appear; labels stand for their values. */
function shownNames(panel: Panel): string[] {
  const renamed = (panel.transformations ?? []).flatMap(({ options }) =>
    Object.values(options.renameByName ?? {}),
  );
  const legends = (panel.targets ?? []).flatMap(({ legendFormat }) =>
    legendFormat === "{{outcome}}" ? outcomes : legendFormat.replaceAll(/\{\{(\w+)\}\}/g, "$1"),
  );
  return [...renamed, ...legends];
}

/** What stands wrong in a link to another dashboard: the dashboard, or variables that it does not have. */
function linkProblems(url: string): string[] {
  const [, uid, query = ""] = /^\/d\/([\w-]+)\?(.+)$/.exec(url) ?? [];
  if (uid === undefined) return [];
  const target = dashboards.find((dashboard) => dashboard.uid === uid);
  if (target === undefined) return [`there is no dashboard ${uid}`];
  const given = [...query.matchAll(/var-(\w+)=|\$\{(\w+):queryparam\}/g)].map(([, a, b]) => a ?? b ?? "");
  const taken = target.templating.list.map(({ name }) => name);
  return given.filter((name) => !taken.includes(name)).map((name) => `${uid} has no variable ${name}`);
}

/** Numbers in prose that no alert compares with: times, percentiles, how many are listed, and the scale of what is shown. */
const freeNumbers = [
  /\d+(?: to \d+)?[- ](?:minutes?|hours?|days?)\b/gi,
  /\b\d+[mhd]\b/g,
  /\b\d+th\b|\bp\d+\b|\bworst 1 %/g,
  /\b(?:the|first) \d+(?: tasks)?(?= largest| with the most| spawned most|\.)/gi,
  /\b100 %|\b0 %|\b0 (?=is\b|here\b)|\bNear 0\b|\bAlways 0\b|\b1 is (?=as usual|just in time)/g,
];

/** With this in place of each threshold, the phrases that `init` fits have no digits left. */
const noNumbers = new Map(
  (Object.keys(alertThresholds) as ThresholdName[]).map((name) => [name, Number.NaN]),
);

/** What of a text would be wrong once the alerts have other numbers. */
function fixedNumbers(text: string): string[] {
  const rest = freeNumbers.reduce((left, free) => left.replaceAll(free, ""), fitPhrases(text, noNumbers));
  return /\d/.test(rest) ? [`has a number that init cannot fit: ${text}`] : [];
}

function allLinks(dashboard: Dashboard): string[] {
  return dataPanels(dashboard).flatMap(({ links, fieldConfig }) => [
    ...(links ?? []).map(({ url }) => url),
    ...(fieldConfig?.overrides ?? [])
      .flatMap(({ properties }) => properties)
      .filter(({ id }) => id === "links")
      .flatMap(({ value }) => (value as { url: string }[]).map(({ url }) => url)),
  ]);
}

export const dashboardRules: readonly DashboardRule[] = [
  {
    title: "can be provisioned from its file, is read-only and tagged",
    problems: ({ text, path, uid, editable, schemaVersion, tags }) => [
      ...unless(!text.includes("__inputs"), "asks for inputs"),
      ...unless(!editable, "is editable"),
      ...unless(schemaVersion === 42, "is not of the schema version that Grafana 13 writes"),
      ...unless(tags.join() === "taskscope", "is not tagged taskscope"),
      ...unless(path === `dashboards/${uid.replace("taskscope-", "")}.json`, "is not named as its uid"),
    ],
  },
  {
    title: "links to its siblings by tag, with time and variables kept",
    problems: ({ links }) =>
      unless(
        links.some(
          (link) =>
            link.type === "dashboards" &&
            link.tags.join() === "taskscope" &&
            link.keepTime &&
            link.includeVars,
        ),
        "has no such link",
      ),
  },
  {
    title: "places its panels on the grid without overlaps, each with an id of its own",
    problems: (dashboard) => {
      const all = everyPanel(dashboard);
      // What a collapsed row holds is laid out when it opens, and pushes down what follows.
      const spaces = [dashboard.panels, ...dashboard.panels.map(({ panels }) => panels ?? [])];
      return [
        ...unless(new Set(all.map(({ id }) => id)).size === all.length, "two panels share an id"),
        ...all
          .filter(({ gridPos: { x, w } }) => x < 0 || x + w > 24)
          .map(({ title }) => `${title} leaves the grid`),
        ...spaces.flatMap((space) =>
          space.flatMap((panel, index) =>
            space
              .slice(index + 1)
              .filter((other) => overlap(panel, other))
              .map((other) => `${panel.title} lies on ${other.title}`),
          ),
        ),
      ];
    },
  },
  ofPanels("gives every panel room to be read", ({ type, gridPos: { w, h } }) => {
    const [width, height] = smallest[type] ?? [Infinity, Infinity];
    return unless(w >= width && h >= height, `a ${type} of ${w} × ${h}`);
  }),
  {
    title: "defines every variable that it uses and uses every variable that it defines",
    problems: ({ text, templating }) => {
      const used = [...text.matchAll(/\$(?:\{(\w+)[^}]*\}|(\w+))/g)]
        .map(([, braced, bare]) => braced ?? bare ?? "")
        .filter((name) => !name.startsWith("__"));
      const defined = templating.list.map(({ name }) => name);
      return [
        ...[...new Set(used)]
          .filter((name) => !defined.includes(name))
          .map((name) => `$${name} is undefined`),
        ...defined.filter((name) => !used.includes(name)).map((name) => `$${name} is unused`),
      ];
    },
  },
  {
    title: "offers variables that follow the time range, take several values and chain to one another",
    problems: ({ templating: { list } }) => {
      const names = list.map(({ name }) => name);
      const ordered = variableOrder.filter((name) => names.includes(name));
      return [
        ...unless(names.join() === ordered.join(), `has the variables ${names.join()}`),
        ...unless(names.includes("datasource") && names.includes("job"), "lacks $datasource or $job"),
        ...list.flatMap((variable, index) => {
          if (variable.type === "datasource") return [];
          const before = names.slice(0, index).filter((name) => !name.endsWith("datasource"));
          const definition = variable.definition ?? "";
          return [
            ...unless(variable.refresh === 2, `$${variable.name} does not follow the time range`),
            ...unless(
              variable.multi === true && variable.includeAll === true,
              `$${variable.name} takes one value`,
            ),
            ...unless(variable.allValue === ".+", `$${variable.name} spells out all its values`),
            ...unless(
              JSON.stringify(variable.datasource) === prometheus,
              `$${variable.name} is not asked of $datasource`,
            ),
            ...before
              .filter((name) => !definition.includes(`${name}=~"$${name}"`))
              .map((name) => `$${variable.name} does not follow $${name}`),
          ];
        }),
      ];
    },
  },
  {
    title: "marks firing alerts, process starts and version changes",
    problems: ({ annotations: { list } }) =>
      marks.flatMap((name) => {
        const mark = list.find((annotation) => annotation.name === name);
        return unless(
          mark?.enable === true && JSON.stringify(mark.datasource) === prometheus && mark.expr !== undefined,
          `does not mark: ${name}`,
        );
      }),
  },
  ofPanels("explains every panel: what it shows, how to read it, where to look next", ({ description }) => [
    ...unless(/^.{80,700}\.$/s.test(description ?? ""), "has no description of a sentence or more"),
    ...unless(/ Next: .+\.$/s.test(description ?? ""), "does not say where to look next"),
  ]),
  {
    title: "speaks of no number of an alert but in phrases that init fits",
    problems: (dashboard) =>
      [
        dashboard.description,
        ...everyPanel(dashboard).flatMap(({ title, description, fieldConfig }) => [
          title,
          description ?? "",
          fieldConfig?.defaults.noValue ?? "",
        ]),
      ].flatMap(fixedNumbers),
  },
  ofPanels("gives every panel a unit, and a text for when there is nothing", ({ fieldConfig }) => [
    ...unless(units.includes(fieldConfig?.defaults.unit ?? ""), "has no unit that we use"),
    ...unless(/^.{10,}$/.test(fieldConfig?.defaults.noValue ?? ""), "does not say why it is empty"),
  ]),
  ofPanels("asks the chosen data source, each target under a letter and a name", (panel) => {
    const targets = panel.targets ?? [];
    const sources = [panel.datasource, ...targets.map(({ datasource }) => datasource)];
    return [
      ...unless(targets.length > 0, "asks nothing"),
      ...unless(
        sources.every((source) => JSON.stringify(source) === prometheus),
        "asks something else",
      ),
      ...unless(
        new Set(targets.map(({ refId }) => refId)).size === targets.length,
        "two targets of a letter",
      ),
      ...unless(
        panel.type === "table"
          ? targets.every(({ format, instant }) => format === "table" && instant === true)
          : targets.every(({ legendFormat }) => legendFormat !== ""),
        "has targets without a legend, or a table of ranges",
      ),
    ];
  }),
  ofPanels("queries through the variables, with windows that follow the zoom", queryProblems),
  {
    title: "names only metrics and labels that exist",
    problems: (dashboard) => [
      ...expressionsOf(dashboard).flatMap(({ where, expr }) =>
        unknownNames(expr).map((problem) => `${where}: ${problem}`),
      ),
      ...[...dashboard.text.matchAll(/\{\{\s*(\w+)\s*\}\}/g)]
        .filter(([, label = ""]) => !knownLabels.has(label))
        .map(([, label]) => `a legend shows the label ${label}`),
    ],
  },
  ofPanels("overrides only series and columns that there are", (panel) => {
    const names = shownNames(panel);
    const letters = (panel.targets ?? []).map(({ refId }) => `Value #${refId}`);
    const columns = (panel.transformations ?? []).flatMap(({ options }) => [
      ...Object.keys(options.renameByName ?? {}),
      ...Object.keys(options.indexByName ?? {}),
    ]);
    return [
      ...(panel.fieldConfig?.overrides ?? [])
        .filter(
          ({ matcher: { id, options } }) =>
            !names.some((name) =>
              id === "byRegexp" ? new RegExp(`^${options}`).test(name) : name === options,
            ),
        )
        .map(({ matcher }) => `overrides ${matcher.options}, which is not there`),
      ...columns
        .filter((column) => column.startsWith("Value #") && !letters.includes(column))
        .map((column) => `places ${column}, which is not there`),
    ];
  }),
  ofPanels("shows in a panel with a runbook the thresholds of its alerts and no others", (panel) => {
    const thresholds = alertsOf(panel).flatMap((alert) => thresholdsOf(alert));
    // Grafana colours from a step on; an alert fires above its threshold. Above 0 of what is counted is 1.
    const allowed = thresholds.includes(0) ? [...thresholds, 1] : thresholds;
    const drawn = panel.fieldConfig?.defaults.thresholds?.steps.some(({ value }) => value !== null) ?? false;
    return [
      ...thresholdSteps(panel)
        .filter((step) => !allowed.includes(step))
        .map((step) => `has the step ${step}`),
      ...unless(
        panel.type !== "timeseries" ||
          drawn === (panel.fieldConfig?.defaults.custom?.thresholdsStyle?.mode === "dashed"),
        "does not draw its threshold",
      ),
    ];
  }),
  {
    title: "links to runbooks and dashboards that exist, with variables that they take",
    problems: (dashboard) => [
      ...dataPanels(dashboard).flatMap((panel) =>
        (panel.links ?? []).flatMap(({ title, url }) => {
          const alert = /^Runbook: (\w+)$/.exec(title)?.[1];
          if (alert === undefined) return [];
          return unless(
            alertNames.includes(alert) &&
              url === `${runbooks}${alert}.md` &&
              existsSync(fromTop(`alerts/runbooks/${alert}.md`)),
            `${panel.title}: ${title} leads nowhere`,
          );
        }),
      ),
      ...allLinks(dashboard).flatMap(linkProblems),
    ],
  },
];
