import { metricCatalog } from "../metrics/index.ts";

/** A string of PromQL, or a name of ours: a metric's, or a recording's with what stands before the colon. */
const stringOrName = /"(?:[^"\\]|\\.)*"|\btaskscope_(?=[a-z])/g;

/** An expression of PromQL with another prefix in front of our metrics. What stands in strings is left alone. */
export function renameInExpression(expression: string, prefix: string): string {
  return expression.replaceAll(stringOrName, (found) => (found.startsWith('"') ? found : `${prefix}_`));
}

const ownNames = metricCatalog
  .map(({ prometheusName }) => prometheusName)
  .toSorted((a, b) => b.length - a.length);
const ownName = new RegExp(`\\btaskscope_(?=(?:${ownNames.join("|")})\\b)`, "g");

/** Prose with another prefix in front of the metrics that it names; every other word is left alone. */
export function renameInProse(text: string, prefix: string): string {
  return text.replaceAll(ownName, `${prefix}_`);
}
