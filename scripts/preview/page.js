// The page that the preview photographs: Grafana's own panels around data that was already asked for. Bundled by
// preview-dashboards.ts, which puts `window.preview` beside it.
import {
  FieldType,
  createDataFrame,
  createTheme,
  dateTime,
  getDisplayProcessor,
  getDisplayValueAlignmentFactors,
  getFieldDisplayName,
} from "@grafana/data";
import { BigValue, GlobalStyles, PanelChrome, Table, ThemeContext, TimeSeries } from "@grafana/ui";
import { createElement as h } from "react";
import { createRoot } from "react-dom/client";

const { dashboard, results, annotations, range, width, stepMs } = globalThis.preview;
const theme = createTheme({ colors: { mode: "dark" } });
const timeRange = {
  from: dateTime(range.fromMs),
  to: dateTime(range.toMs),
  raw: { from: dateTime(range.fromMs), to: dateTime(range.toMs) },
};

/** Grafana's grid: 24 columns, cells 30 pixels high with 8 between them. */
const cell = { width: (width - 8) / 24, height: 38, gap: 8 };

function set(target, path, value) {
  const [first, ...rest] = path;
  if (rest.length === 0) target[first] = value;
  else set((target[first] ??= {}), rest, value);
}

/** The configuration of a field: the panel's defaults and the overrides that match its name. */
function configOf(panel, name) {
  const { defaults, overrides } = panel.fieldConfig;
  const config = structuredClone(defaults);
  for (const step of config.thresholds?.steps ?? []) step.value ??= -Infinity;
  for (const { matcher, properties } of overrides) {
    const matches =
      matcher.id === "byRegexp" ? new RegExp(`^${matcher.options}`).test(name) : matcher.options === name;
    for (const { id, value } of matches ? properties : []) {
      const copy = structuredClone(value);
      for (const step of copy?.steps ?? []) step.value ??= -Infinity;
      set(config, id.split("."), copy);
    }
  }
  delete config.links;
  return config;
}

function finish(field, seriesIndex, name) {
  field.state = { seriesIndex, displayName: name };
  field.display = getDisplayProcessor({ field, theme, timeZone: "browser" });
  field.getLinks = () => [];
  return field;
}

const legendOf = (format, labels) => format.replaceAll(/\{\{(\w+)\}\}/g, (_all, name) => labels[name] ?? "");

/** Missing points are gaps, as Grafana fills them in. */
function framesOf(panel) {
  const all = panel.targets.flatMap((target, index) =>
    results[`${panel.id}/${index}`].map((series) => ({
      ...series,
      name: legendOf(target.legendFormat, series.metric),
    })),
  );
  return all.map(({ name, metric, values }, index) => {
    const at = new Map(values.map(([seconds, value]) => [seconds * 1_000, Number(value)]));
    const times = [];
    for (let ms = range.fromMs; ms <= range.toMs; ms += stepMs) times.push(ms);
    const frame = createDataFrame({
      refId: String(index),
      fields: [
        { name: "Time", type: FieldType.time, values: times, config: {} },
        {
          name,
          type: FieldType.number,
          labels: metric,
          values: times.map((ms) => (Number.isFinite(at.get(ms)) ? at.get(ms) : null)),
          config: { ...configOf(panel, name), displayNameFromDS: name },
        },
      ],
    });
    finish(frame.fields[0], 0, "Time");
    finish(frame.fields[1], index, name);
    return frame;
  });
}

function empty(panel) {
  return h("div", { className: "empty" }, panel.fieldConfig.defaults.noValue);
}

/** Vertical lines where the annotations are, as Grafana draws them. */
function markLines(builder) {
  builder.addHook("draw", (plot) => {
    const { ctx, bbox } = plot;
    ctx.save();
    ctx.setLineDash([4, 4]);
    for (const { ms, color } of annotations) {
      const x = Math.round(plot.valToPos(ms, "x", true));
      if (x < bbox.left || x > bbox.left + bbox.width) continue;
      ctx.strokeStyle = theme.visualization.getColorByName(color);
      ctx.beginPath();
      ctx.moveTo(x, bbox.top);
      ctx.lineTo(x, bbox.top + bbox.height);
      ctx.stroke();
    }
    ctx.restore();
  });
}

function timeSeries(panel, innerWidth, innerHeight) {
  const frames = framesOf(panel);
  if (frames.length === 0) return empty(panel);
  let hooked;
  return h(TimeSeries, {
    frames,
    timeRange,
    timeZone: "browser",
    width: innerWidth,
    height: innerHeight,
    legend: panel.options.legend,
    structureRev: 1,
    options: panel.options,
    children: (builder) => {
      if (hooked !== builder) markLines(builder);
      hooked = builder;
      return null;
    },
  });
}

function stat(panel, innerWidth, innerHeight) {
  const values = framesOf(panel).flatMap((frame) => {
    const field = frame.fields[1];
    const last = field.values.findLast((value) => value !== null);
    if (last === undefined) return [];
    const display = field.display(last);
    const numbers = field.values.filter((value) => value !== null);
    const [min, max] = [Math.min(...numbers), Math.max(...numbers)];
    field.state.range = { min, max, delta: max - min };
    return [{ ...display, title: getFieldDisplayName(field), field, frame }];
  });
  if (values.length === 0) return empty(panel);
  const each = innerHeight / values.length;
  return values.map(({ field, frame, ...value }, index) =>
    h(BigValue, {
      key: index,
      value: { ...value, title: panel.options.textMode === "value_and_name" ? value.title : undefined },
      width: innerWidth,
      height: each,
      theme,
      colorMode: panel.options.colorMode,
      graphMode: panel.options.graphMode,
      textMode: panel.options.textMode,
      justifyMode: panel.options.justifyMode,
      alignmentFactors: getDisplayValueAlignmentFactors(values.map((one) => ({ display: one }))),
      sparkline: panel.options.graphMode === "area" ? { x: frame.fields[0], y: field, timeRange } : undefined,
    }),
  );
}

/** What the transformations "merge" and "organize" make of instant queries. */
function table(panel, innerWidth, innerHeight) {
  const { excludeByName, indexByName, renameByName } = panel.transformations.find(
    ({ id }) => id === "organize",
  ).options;
  const rows = new Map();
  panel.targets.forEach(({ refId }, index) => {
    const column = panel.targets.length > 1 ? `Value #${refId}` : "Value";
    for (const { metric, values } of results[`${panel.id}/${index}`]) {
      const key = JSON.stringify(metric);
      const value = Number(values.at(-1)[1]);
      rows.set(key, { ...(rows.get(key) ?? metric), [column]: Number.isFinite(value) ? value : null });
    }
  });
  const columns = Object.keys(indexByName).filter((column) => excludeByName[column] !== true);
  const [sort] = panel.options.sortBy ?? [];
  const sorted = [...rows.values()].filter((row) => columns.some((column) => row[column] != null));
  const by = columns.find((column) => renameByName[column] === sort?.displayName);
  if (by !== undefined)
    sorted.sort((a, b) => {
      const order = a[by] === b[by] ? 0 : (a[by] ?? -Infinity) < (b[by] ?? -Infinity) ? -1 : 1;
      return sort.desc ? -order : order;
    });
  if (sorted.length === 0) return empty(panel);
  const frame = createDataFrame({
    fields: columns.map((column) => ({
      name: renameByName[column] ?? column,
      type: column.startsWith("Value") ? FieldType.number : FieldType.string,
      values: sorted.map((row) => row[column] ?? (column.startsWith("Value") ? null : "")),
      config: configOf(panel, renameByName[column] ?? column),
    })),
  });
  for (const field of frame.fields) {
    if (field.type === FieldType.string) delete field.config.unit;
    delete field.config.noValue;
    finish(field, 0, field.name);
  }
  return h(Table, {
    data: frame,
    width: innerWidth,
    height: innerHeight,
    cellHeight: "sm",
    columnMinWidth: 80,
    ariaLabel: panel.title,
  });
}

/** Grafana's heatmap is not on npm: plain cells of the same numbers. */
function heatmap(panel, innerWidth, innerHeight) {
  const series = results[`${panel.id}/0`]
    .map(({ metric, values }) => ({
      le: Number(metric.le.replace("+Inf", "Infinity")),
      values: new Map(values),
    }))
    .sort((a, b) => a.le - b.le);
  if (series.length === 0) return empty(panel);
  const cells = [];
  let most = 0;
  for (let ms = range.fromMs, column = 0; ms <= range.toMs; ms += stepMs, column += 1)
    series.forEach(({ values }, row) => {
      const below = row === 0 ? 0 : Number(series[row - 1].values.get(ms / 1_000) ?? 0);
      const count = Number(values.get(ms / 1_000) ?? 0) - below;
      if (count > 1e-9) cells.push({ column, row, count });
      most = Math.max(most, count);
    });
  const left = 48;
  const w = (innerWidth - left) / (Math.floor((range.toMs - range.fromMs) / stepMs) + 1);
  const tall = (innerHeight - 20) / series.length;
  const format = (le) =>
    le === Infinity ? "+Inf" : le < 1 ? `${Number((le * 1_000).toFixed(2))} ms` : `${le} s`;
  return h(
    "svg",
    { width: innerWidth, height: innerHeight },
    cells.map(({ column, row, count }) =>
      h("rect", {
        key: `${column}/${row}`,
        x: left + column * w,
        y: (series.length - 1 - row) * tall,
        width: Math.max(w - 0.5, 0.5),
        height: Math.max(tall - 1, 1),
        fill: "#ff9830",
        opacity: 0.15 + 0.85 * Math.sqrt(count / most),
      }),
    ),
    series.flatMap(({ le }, row) =>
      row % Math.ceil(series.length / 7) === 0
        ? h(
            "text",
            {
              key: le,
              x: left - 6,
              y: (series.length - row - 0.3) * tall,
              fill: "#aaa",
              fontSize: 10,
              textAnchor: "end",
            },
            format(le),
          )
        : [],
    ),
    h(
      "text",
      { x: innerWidth - 4, y: innerHeight - 5, fill: "#777", fontSize: 10, textAnchor: "end" },
      "stand-in: Grafana's heatmap panel is not on npm",
    ),
  );
}

const drawings = { timeseries: timeSeries, stat, table, heatmap };

function place({ x, y, w, h: tall }) {
  return {
    position: "absolute",
    left: 8 + x * cell.width,
    top: 8 + y * cell.height,
    width: w * cell.width - cell.gap,
    height: tall * cell.height - cell.gap,
  };
}

function panelOf(panel) {
  const style = place(panel.gridPos);
  return h(
    "div",
    { key: panel.id, style },
    h(
      PanelChrome,
      {
        title: panel.title,
        description: panel.description,
        width: style.width,
        height: style.height,
        padding: panel.type === "table" || panel.type === "stat" ? "none" : "md",
      },
      (innerWidth, innerHeight) => drawings[panel.type](panel, innerWidth, innerHeight),
    ),
  );
}

function rowOf(row) {
  return h("div", { key: row.id, style: place(row.gridPos), className: "row-title" }, row.title);
}

/** Collapsed rows are shown open: the rows below them move down, as in Grafana. */
function opened(panels) {
  let shift = 0;
  return panels.flatMap((panel) => {
    const moved = { ...panel, gridPos: { ...panel.gridPos, y: panel.gridPos.y + shift } };
    if (panel.type !== "row" || !panel.collapsed) return [moved];
    const inner = panel.panels.map((one) => ({
      ...one,
      gridPos: { ...one.gridPos, y: one.gridPos.y + shift },
    }));
    shift += Math.max(...panel.panels.map(({ gridPos }) => gridPos.y + gridPos.h)) - panel.gridPos.y - 1;
    return [moved, ...inner];
  });
}

const panels = opened(dashboard.panels);
const bottom = Math.max(...panels.map(({ gridPos }) => gridPos.y + gridPos.h));
const variables = dashboard.templating.list.map(({ name, label, type }) =>
  h(
    "span",
    { key: name, className: "variable" },
    h("b", null, label),
    type === "datasource" ? "default" : "All",
  ),
);
const page = h(
  ThemeContext.Provider,
  { value: theme },
  h(GlobalStyles, { hackNoBackdropBlur: true, isExtensionSidebarOpen: false }),
  h("div", { className: "bar" }, h("h1", null, dashboard.title), variables),
  h(
    "div",
    { style: { position: "relative", height: 16 + bottom * cell.height } },
    panels.map((panel) => (panel.type === "row" ? rowOf(panel) : panelOf(panel))),
  ),
);
createRoot(document.querySelector("#page")).render(page);
// Charts draw themselves in frames after React has.
setTimeout(() => (globalThis.previewIsDrawn = true), 2_500);
