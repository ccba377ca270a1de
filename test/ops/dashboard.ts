import { listFiles, readText } from "./repository.ts";

interface Threshold {
  readonly value: number | null;
}

interface Datasource {
  readonly type: string;
  readonly uid: string;
}

export interface Target {
  readonly refId: string;
  readonly expr: string;
  readonly datasource: Datasource;
  readonly legendFormat: string;
  readonly instant?: boolean;
  readonly range?: boolean;
  readonly format?: string;
  readonly exemplar?: boolean;
}

export interface Link {
  readonly title: string;
  readonly url: string;
}

export interface Override {
  readonly matcher: { readonly id: string; readonly options: string };
  readonly properties: readonly { readonly id: string; readonly value: unknown }[];
}

export interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly description?: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly datasource?: Datasource;
  readonly targets?: readonly Target[];
  readonly links?: readonly Link[];
  readonly fieldConfig?: {
    readonly defaults: {
      readonly unit?: string;
      readonly noValue?: string;
      readonly thresholds?: { readonly steps: readonly Threshold[] };
      readonly custom?: { readonly thresholdsStyle?: { readonly mode: string } };
    };
    readonly overrides: readonly Override[];
  };
  readonly transformations?: readonly {
    readonly id: string;
    readonly options: {
      readonly excludeByName?: Readonly<Record<string, boolean>>;
      readonly indexByName?: Readonly<Record<string, number>>;
      readonly renameByName?: Readonly<Record<string, string>>;
    };
  }[];
  /** Of a collapsed row. */
  readonly panels?: readonly Panel[];
}

interface Variable {
  readonly name: string;
  readonly type: string;
  readonly query: unknown;
  readonly datasource?: Datasource;
  readonly definition?: string;
  readonly refresh?: number;
  readonly multi?: boolean;
  readonly includeAll?: boolean;
  readonly allValue?: string;
}

export interface DashboardJson {
  readonly uid: string;
  readonly title: string;
  readonly description: string;
  readonly tags: readonly string[];
  readonly schemaVersion: number;
  readonly editable: boolean;
  readonly links: readonly {
    readonly type: string;
    readonly tags: readonly string[];
    readonly keepTime: boolean;
    readonly includeVars: boolean;
  }[];
  readonly annotations: {
    readonly list: readonly {
      readonly name: string;
      readonly enable: boolean;
      readonly expr?: string;
      readonly titleFormat?: string;
      readonly textFormat?: string;
      readonly datasource: Datasource;
    }[];
  };
  readonly templating: { readonly list: readonly Variable[] };
  readonly panels: readonly Panel[];
}

export interface Dashboard extends DashboardJson {
  readonly path: string;
  readonly text: string;
}

export function readDashboard(path: string, text: string): Dashboard {
  return { ...(JSON.parse(text) as DashboardJson), path, text };
}

export const dashboards: readonly Dashboard[] = listFiles("dashboards", ".json").map((path) =>
  readDashboard(path, readText(path)),
);

/** Rows too, and the panels inside collapsed rows. */
export function everyPanel(dashboard: Dashboard): Panel[] {
  return dashboard.panels.flatMap((panel) => [panel, ...(panel.panels ?? [])]);
}

/** The panels that show something: all but rows. */
export function dataPanels(dashboard: Dashboard): Panel[] {
  return everyPanel(dashboard).filter((panel) => panel.type !== "row");
}

/** The alerts to whose runbooks a panel links. */
export function alertsOf(panel: Panel): string[] {
  return (panel.links ?? []).flatMap(({ title }) => /^Runbook: (\w+)$/.exec(title)?.[1] ?? []);
}

/** The limits of a panel's colours and lines, also those of its columns. The base colour has none. */
export function thresholdSteps(panel: Panel): number[] {
  const overridden = (panel.fieldConfig?.overrides ?? [])
    .flatMap(({ properties }) => properties)
    .filter(({ id }) => id === "thresholds")
    .flatMap(({ value }) => (value as { steps: Threshold[] }).steps);
  return [...(panel.fieldConfig?.defaults.thresholds?.steps ?? []), ...overridden]
    .map(({ value }) => value)
    .filter((value) => value !== null);
}

/** Every PromQL expression of a dashboard, with where it stands. */
export function expressionsOf(dashboard: Dashboard): { where: string; expr: string }[] {
  const selector = /^label_values\((.+), \w+\)$/;
  return [
    ...dataPanels(dashboard).flatMap(({ title, targets }) =>
      (targets ?? []).map(({ refId, expr }) => ({ where: `panel "${title}" ${refId}`, expr })),
    ),
    ...dashboard.annotations.list.flatMap(({ name, expr }) =>
      expr === undefined ? [] : [{ where: `annotation "${name}"`, expr }],
    ),
    ...dashboard.templating.list.flatMap(({ name, definition }) => {
      const expr = selector.exec(definition ?? "")?.[1];
      return expr === undefined ? [] : [{ where: `variable "${name}"`, expr }];
    }),
  ];
}
