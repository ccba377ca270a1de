import { InvalidOptionError, joinPath, readOptions } from "../errors/index.ts";
import { spawnLatencyBounds } from "../metrics/index.ts";
import { dashboardUidPrefix } from "./dashboard-uid.ts";
import { alertThresholds, defaultLongLivedTypes } from "./thresholds.ts";
import type { ThresholdName } from "./thresholds.ts";

/** What the rules are fitted to. All are optional; the defaults give the rules that ship. */
export interface FitOptions {
  /** What metric names begin with (default `"taskscope"`): the tracker's `prefix`. */
  readonly prefix?: string | undefined;
  /** Other numbers than those of `alertThresholds`, by name. */
  readonly thresholds?: Readonly<Partial<Record<ThresholdName, number>>> | undefined;
  /** Task types whose tasks are meant to run for hours. */
  readonly longLivedTypes?: readonly string[] | undefined;
  /** The jobs that must have targets (default: whichever had some within the last hour). */
  readonly jobs?: readonly string[] | undefined;
  /** Where the runbooks are: an absolute URL, or a path. */
  readonly runbooksUrl?: string | undefined;
  /** Where Grafana's dashboards are (default `"/d"`). */
  readonly dashboardsUrl?: string | undefined;
}

const allowed = new Set(["prefix", "thresholds", "longLivedTypes", "jobs", "runbooksUrl", "dashboardsUrl"]);
/** Where the runbooks are that ship. */
export const shippedRunbooks = "https://github.com/taskscope/taskscope/blob/main/alerts/runbooks";

const thresholdNames = Object.keys(alertThresholds) as ThresholdName[];

/** For `query` in an annotation: `$where` holds the alert's own labels as matchers. */
const whereTemplate = `{{ $where := "" }}{{ range $name, $value := $labels -}}
{{ if ne $name "__name__" }}{{ $where = printf "%s%s=%q," $where $name $value }}{{ end }}{{ end -}}`;

/** Jobs nobody named: those that had targets and task metrics within the last hour, and have no target now. */
const formerJobs = `group without (instance, pod) (last_over_time(up[1h]))
  and on (job, cluster, namespace)
last_over_time(taskscope_build_info[1h])
  unless on (job, cluster, namespace)
up`;

/**
 * Fills in the templates of the alert rules: a head of comments, then one group each. Gives one rule file. Pure: reads
 * and writes no file. Throws an `InvalidOptionError` that names the first bad option.
 */
export function fitRules(templates: readonly string[], given?: FitOptions): string {
  const values = readValues(given);
  const prefix = values.get("prefix") ?? "";
  const [head = "", ...groups] = templates.map((template) => fillIn(withPrefix(template, prefix), values));
  return `${head}groups:\n${groups.map((group) => group.replace(/^groups:\n/, "")).join("\n")}`;
}

/** Only what is ours is renamed, never what a user gave: a job may well be called `taskscope_shop`. */
const withPrefix = (text: string, prefix: string): string =>
  text.replaceAll(/\btaskscope_(?=[a-z])/g, `${prefix}_`);

/** Puts the values in. One of several lines has to stand alone on its line, and takes on its indentation. */
function fillIn(template: string, values: ReadonlyMap<string, string>): string {
  return template.replaceAll(/^(.*?)\$\{\w+\}.*$/gm, (line, before: string) =>
    line.replaceAll(/\$\{(\w+)\}/g, (_, name: string) => {
      const value = values.get(name);
      if (value === undefined) throw new RangeError(`No value for \${${name}} in: ${line.trim()}`);
      return value.replaceAll("\n", `\n${before}`);
    }),
  );
}

function readValues(given: unknown): Map<string, string> {
  const bag = readOptions("", given, allowed);
  const numbers = readThresholds(bag["thresholds"]);
  const values = new Map<string, string>();
  for (const [name, value] of numbers) values.set(name, String(value));
  values.set("thresholds", thresholdTable(numbers));
  values.set("where", whereTemplate);
  const prefix = checkPattern("prefix", bag["prefix"] ?? "taskscope", prefixPattern);
  values.set("prefix", prefix);
  values.set("uid", dashboardUidPrefix(prefix));
  const types = bag["longLivedTypes"];
  values.set(
    "longLivedTypes",
    types === undefined
      ? defaultLongLivedTypes
      : checkNames("longLivedTypes", types).map(escapeForRegularExpression).join("|"),
  );
  const jobs = bag["jobs"] === undefined ? [] : checkNames("jobs", bag["jobs"]);
  values.set("absentJobs", jobs.length === 0 ? withPrefix(formerJobs, prefix) : absentJobs(jobs, prefix));
  values.set("runbooks", checkPattern("runbooksUrl", bag["runbooksUrl"] ?? shippedRunbooks, urlPattern));
  values.set("dashboards", checkPattern("dashboardsUrl", bag["dashboardsUrl"] ?? "/d", urlPattern));
  return values;
}

function readThresholds(given: unknown): Map<ThresholdName, number> {
  const bag = readOptions("thresholds", given, new Set(thresholdNames));
  const numbers = new Map<ThresholdName, number>();
  for (const name of thresholdNames) {
    const value: unknown = bag[name] ?? alertThresholds[name].value;
    if (typeof value !== "number" || !Number.isFinite(value) || value < 0) {
      throw new InvalidOptionError(joinPath("thresholds", name), value, "a number from 0 up");
    }
    numbers.set(name, value);
  }
  // A bound of the histogram, and one that reads the same in every version of Prometheus: `le="1"` is "1.0" in version 3.
  const bounds = spawnLatencyBounds.filter((bound) => bound >= 0.0001 && !Number.isInteger(bound));
  const slowStartSeconds = numbers.get("slowStartSeconds");
  if (slowStartSeconds === undefined || !bounds.includes(slowStartSeconds)) {
    throw new InvalidOptionError(
      "thresholds.slowStartSeconds",
      slowStartSeconds,
      `one of ${bounds.join(", ")}`,
    );
  }
  return numbers;
}

/** The comment at the head of the file: one line for each alert and number, those of an alert together. */
function thresholdTable(numbers: ReadonlyMap<ThresholdName, number>): string {
  const byAlert = new Map<string, string[][]>();
  for (const [name, value] of numbers) {
    const { alerts, unit, changeWhen } = alertThresholds[name];
    for (const alert of alerts) {
      const own = byAlert.get(alert) ?? [];
      byAlert.set(alert, [...own, [alert, String(value), unit, changeWhen]]);
    }
  }
  const rows = [["Alert", "Threshold", "Unit", "Change it when"], ...[...byAlert.values()].flat()];
  const widths = [0, 1, 2].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const lines = rows.map((row) => `| ${row.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join(" | ")} |`);
  const rule = `| ${[...widths, 14].map((width) => "-".repeat(width)).join(" | ")} |`;
  return [...lines.slice(0, 1), rule, ...lines.slice(1)].join("\n");
}

const absentJobs = (jobs: readonly string[], prefix: string): string =>
  `(
  ${jobs.map((job) => `absent(up{job=${JSON.stringify(job)}})`).join("\n    or\n  ")}
)
  unless on (job)
${prefix}_build_info`;

const prefixPattern = {
  pattern: /^[a-zA-Z]\w{0,63}$/,
  takes: "a letter and up to 63 letters, digits and underscores",
};
const urlPattern = {
  pattern: /^(?:https?:\/)?\/[\w./:@%~+-]*[\w]$/,
  takes: "an http or https URL, or a path that begins with /, without a slash at its end",
};

function checkPattern(option: string, value: unknown, { pattern, takes }: typeof prefixPattern): string {
  if (typeof value === "string" && pattern.test(value)) return value;
  throw new InvalidOptionError(option, value, takes);
}

function checkNames(option: string, value: unknown): string[] {
  // No control characters: a name is put into one line of the file.
  const isName = (name: unknown): name is string => typeof name === "string" && /^[^\p{C}]+$/u.test(name);
  if (Array.isArray(value) && value.length > 0 && value.every(isName)) return value;
  throw new InvalidOptionError(option, value, "a list of one or more names");
}

/** Stands in a string of PromQL: brackets instead of backslashes, which would have to be doubled. */
function escapeForRegularExpression(name: string): string {
  return name
    .replaceAll(/["\\]/g, ".")
    .replaceAll(/[$()*+?[\]{|}]/g, "[$&]")
    .replaceAll("^", ".");
}
