import { alertThresholds, dashboardUidPrefix, shippedRunbooks } from "../alerts/index.ts";
import type { ThresholdName } from "../alerts/index.ts";
import { renameInExpression, renameInProse } from "./renamed-metrics.ts";
import { fitPhrases } from "./threshold-phrases.ts";

/** What a dashboard is fitted to. */
export interface DashboardFit {
  readonly prefix: string;
  readonly jobs: readonly string[];
  readonly runbooksUrl: string;
  readonly thresholds: ReadonlyMap<ThresholdName, number>;
}

type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
type JsonObject = { readonly [key: string]: Json };

/** Where an expression of a dashboard holds a threshold: its metrics, and what stands before and after the number. */
const numbersInExpressions: readonly (readonly [
  ThresholdName,
  about: RegExp,
  before: string,
  after: string,
])[] = [
  ["errorBudget", /tasks_failure_ratio|tasks_failed_total/, " / ", "$"],
  ["latencyBudget", /starts_slow_ratio|spawn_latency_seconds/, " / ", "$"],
  ["slowStartSeconds", /spawn_latency_seconds_bucket/, 'le="', '"'],
  ["leakFactor", /running_explained/, " - ", " \\* "],
  ["spawnSilence", /spawned:rate5m/, "offset 1h\\) > ", "\\)"],
];

/**
 * A dashboard with the names, the runbooks, the thresholds and the job of a user. A panel with a runbook has the
 * thresholds of that alert; the numbers are found by their shipped values, which no two of one alert share. With a prefix it
 * has a uid, a title and a tag of its own, and so stands beside those of another prefix.
 */
export function fitDashboard(text: string, fit: DashboardFit): string {
  const shipped = JSON.parse(text) as JsonObject & { readonly uid: string; readonly title: string };
  const own = {
    ...(fitValue(shipped, fit, undefined) as JsonObject),
    uid: shipped.uid.replace(/^taskscope(?=-)/, dashboardUidPrefix(fit.prefix)),
    title: shipped.title.replace(/^taskscope(?= )/, fit.prefix),
  };
  return `${JSON.stringify(own, undefined, 2)}\n`;
}

function fitValue(value: Json, fit: DashboardFit, key: string | undefined): Json {
  if (typeof value === "string") return fitText(value, fit, key);
  if (key === "tags")
    return (value as readonly Json[]).map((tag) => (tag === "taskscope" ? fit.prefix : tag));
  if (Array.isArray(value)) return value.map((each: Json) => fitValue(each, fit, key));
  if (typeof value !== "object" || value === null) return value;
  const own = Object.entries(fitPanel(value as JsonObject, fit));
  return Object.fromEntries(own.map(([name, each]) => [name, fitValue(each, fit, name)]));
}

function fitText(
  text: string,
  { prefix, runbooksUrl, thresholds }: DashboardFit,
  key: string | undefined,
): string {
  if (key === "expr" || key === "definition" || key === "query") {
    let fitted = text;
    for (const [name, about, before, after] of numbersInExpressions) {
      const value = thresholds.get(name);
      if (value === undefined || !about.test(text)) continue;
      const shipped = String(alertThresholds[name].value).replace(".", "[.]");
      fitted = fitted.replaceAll(new RegExp(`(?<=${before})${shipped}(?=${after})`, "g"), String(value));
    }
    return renameInExpression(fitted, prefix);
  }
  if (key === "url" && text.startsWith(shippedRunbooks))
    return runbooksUrl + text.slice(shippedRunbooks.length);
  if (key === "url") return text.replace(/^\/d\/taskscope(?=-)/, () => `/d/${dashboardUidPrefix(prefix)}`);
  return renameInProse(fitPhrases(text, thresholds), prefix);
}

/** What has to be seen whole: a panel that belongs to an alert, and the variable that chooses the job. */
function fitPanel(object: JsonObject, { jobs, thresholds }: DashboardFit): JsonObject {
  if (object["name"] === "job" && object["type"] === "query" && jobs.length > 0)
    return { ...object, current: { text: jobs, value: jobs } };
  const alert = alertOf(object);
  const names = (Object.keys(alertThresholds) as ThresholdName[]).filter(
    (name) => alert !== undefined && alertThresholds[name].alerts.includes(alert),
  );
  const numbers = new Map<Json, number>();
  for (const name of names) {
    const value = thresholds.get(name);
    if (value !== undefined && name !== "spawnSilence")
      numbers.set(firstAbove(alertThresholds[name].value, object), firstAbove(value, object));
  }
  const fieldConfig = object["fieldConfig"];
  return numbers.size === 0 || fieldConfig === undefined
    ? object
    : { ...object, fieldConfig: fitSteps(fieldConfig, numbers) };
}

/**
 * From where a panel colours: Grafana does it from a step on, and what fires above 0 must not be coloured at 0. Of what is
 * counted the first above 0 is 1.
 */
function firstAbove(threshold: number, panel: JsonObject): number {
  if (threshold > 0) return threshold;
  const { defaults } = panel["fieldConfig"] as { readonly defaults: { readonly unit?: string } };
  return defaults.unit === "none" ? 1 : 1e-9;
}

/** The alert whose runbook a panel links to. */
function alertOf({ links, fieldConfig }: JsonObject): string | undefined {
  if (fieldConfig === undefined || !Array.isArray(links)) return undefined;
  for (const link of links as readonly JsonObject[]) {
    const { url } = link;
    if (typeof url === "string" && url.startsWith(`${shippedRunbooks}/`))
      return url.slice(shippedRunbooks.length + 1).replace(/[.]md$/, "");
  }
  return undefined;
}

function fitSteps(value: Json, numbers: ReadonlyMap<Json, number>): Json {
  if (Array.isArray(value)) return value.map((each: Json) => fitSteps(each, numbers));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value as JsonObject).map(([key, each]) => {
      if (key !== "steps" || !Array.isArray(each)) return [key, fitSteps(each, numbers)];
      const steps = each as readonly { readonly value: Json }[];
      return [key, steps.map((step) => ({ ...step, value: numbers.get(step.value) ?? step.value }))];
    }),
  );
}
