import type { Dashboard } from "@grafana/schema";
import type * as heatmap from "@grafana/schema/dist/esm/raw/composable/heatmap/panelcfg/x/HeatmapPanelCfg_types.gen";
import type * as stat from "@grafana/schema/dist/esm/raw/composable/stat/panelcfg/x/StatPanelCfg_types.gen";
import type * as table from "@grafana/schema/dist/esm/raw/composable/table/panelcfg/x/TablePanelCfg_types.gen";
import type * as timeseries from "@grafana/schema/dist/esm/raw/composable/timeseries/panelcfg/x/TimeSeriesPanelCfg_types.gen";

/** A type with its enums taken by their values: JSON cannot name an enum. */
type Json<T> = T extends string
  ? `${T}`
  : T extends number | boolean | null | undefined
    ? T
    : T extends readonly (infer E)[]
      ? Json<E>[]
      : { [K in keyof T]: Json<T[K]> };

/** What Grafana's types say of the JSON of a dashboard. */
export interface GrafanaSchema {
  readonly dashboard: Json<Dashboard>;
  /** The options of each type of panel, all optional: what a panel leaves out Grafana fills in. */
  readonly options: {
    readonly stat: Json<Partial<stat.Options>>;
    readonly table: Json<Partial<table.Options>>;
    readonly timeseries: Json<Partial<timeseries.Options>>;
    readonly heatmap: Json<Partial<heatmap.Options>>;
  };
  /** The options of each type of panel that a field can override. */
  readonly custom: {
    readonly stat: undefined;
    readonly table: Json<Partial<table.FieldConfig>>;
    readonly timeseries: Json<Partial<timeseries.FieldConfig>>;
    readonly heatmap: Json<Partial<heatmap.FieldConfig>>;
  };
}
