import { describe, expect, it } from "vitest";
import ts from "typescript";
import { dashboards, dataPanels, readDashboard } from "./dashboard.ts";
import type { Dashboard } from "./dashboard.ts";
import type { GrafanaSchema } from "./grafana-schema.ts";
import { fromTop } from "./repository.ts";

const folder = fromTop("test/ops");

/** What Grafana fills in for a link that does not say it, and what the schema wants said. */
const link = {
  asDropdown: false,
  icon: "",
  includeVars: false,
  keepTime: false,
  tags: [],
  targetBlank: false,
  tooltip: "",
  type: "link",
};
/** What the schema leaves to the data source. */
const ofDataSource = ["expr", "titleFormat", "textFormat", "tagKeys", "useValueForTime", "definition"];

/** The dashboard as a program that compiles if it is what Grafana's schema says. */
function programOf({ text }: Dashboard): string {
  const json: unknown = JSON.parse(text, (key, value: unknown) => {
    if (ofDataSource.includes(key)) return undefined;
    if (key === "links" && Array.isArray(value)) return value.map((own: object) => ({ ...link, ...own }));
    return value;
  });
  const panels = dataPanels(json as Dashboard).map((panel) => {
    const type = panel.type as keyof GrafanaSchema["options"];
    const { options } = panel as unknown as { options: unknown };
    const { custom } = panel.fieldConfig?.defaults ?? {};
    return [
      `const options${panel.id}: GrafanaSchema["options"]["${type}"] = ${JSON.stringify(options)};`,
      `const custom${panel.id}: GrafanaSchema["custom"]["${type}"] = ${JSON.stringify(custom)};`,
    ];
  });
  return [
    'import type { GrafanaSchema } from "./grafana-schema.ts";',
    `const dashboard: GrafanaSchema["dashboard"] = ${JSON.stringify(json)};`,
    ...panels.flat(),
  ].join("\n");
}

function compile(programs: ReadonlyMap<string, string>): Map<string, string[]> {
  const options: ts.CompilerOptions = {
    strict: true,
    noEmit: true,
    allowImportingTsExtensions: true,
    skipLibCheck: true,
    module: ts.ModuleKind.NodeNext,
    target: ts.ScriptTarget.ES2023,
    types: [],
  };
  const host = ts.createCompilerHost(options);
  const disk = ts.createCompilerHost(options);
  host.fileExists = (name) => programs.has(name) || disk.fileExists(name);
  host.readFile = (name) => programs.get(name) ?? disk.readFile(name);
  host.getSourceFile = (name, ...rest) => {
    const text = programs.get(name);
    return text === undefined
      ? disk.getSourceFile(name, ...rest)
      : ts.createSourceFile(name, text, ts.ScriptTarget.ES2023);
  };
  const program = ts.createProgram([...programs.keys()], options, host);
  return new Map(
    [...programs.keys()].map((name) => [
      name,
      ts
        .getPreEmitDiagnostics(program, program.getSourceFile(name))
        .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, "\n")),
    ]),
  );
}

describe("the schema of Grafana", { timeout: 240_000 }, () => {
  const [overview = dashboards[0]] = dashboards.filter(({ uid }) => uid === "taskscope-overview");
  if (overview === undefined) throw new TypeError("there are no dashboards");
  const damages = [
    ["has no such option of a panel", '"graphMode": "none"', '"graphModes": "none"'],
    ["has no such value of an option", '"displayMode": "list"', '"displayMode": "lists"'],
    ["has no such drawing style", '"drawStyle": "line"', '"drawStyle": "curve"'],
    ["has no such property of a dashboard", '"graphTooltip": 1', '"graphTooltips": 1'],
    ["takes a number there", '"fiscalYearStartMonth": 0', '"fiscalYearStartMonth": "0"'],
    ["needs the width of a panel", /"w": 4, /, ""],
    ["has no such mode of thresholds", '"mode": "absolute"', '"mode": "relative"'],
  ] as const;
  const fileOf = (name: string): string => `${folder}/${name.replaceAll(/\W/g, "-")}.ts`;
  const compiled = compile(
    new Map([
      ...dashboards.map((dashboard): [string, string] => [fileOf(dashboard.path), programOf(dashboard)]),
      ...damages.map(([name, from, to]): [string, string] => [
        fileOf(name),
        programOf(readDashboard(overview.path, overview.text.replace(from, to))),
      ]),
    ]),
  );

  it.each(dashboards.map(({ path }) => path))("accepts %s", (path) => {
    expect(compiled.get(fileOf(path))).toEqual([]);
  });

  it.each(damages.map(([name]) => name))("%s, and says so", (name) => {
    expect(compiled.get(fileOf(name))?.length).toBeGreaterThan(0);
  });
});
