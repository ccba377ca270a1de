import { alertThresholds } from "../alerts/index.ts";
import type { ThresholdName } from "../alerts/index.ts";

type Phrase = readonly [ThresholdName, (value: number) => string];

/** 0.001 is 0.1 %. Rounded: 0.07 * 100 is 7.000000000000001. */
function percent(ratio: number): string {
  return `${String(Number((ratio * 100).toFixed(8)))} %`;
}

/** How the texts of dashboards speak of numbers of alerts. No other number of an alert stands in them. */
const phrases: readonly Phrase[] = [
  ["errorBudget", (value) => `${percent(1 - value)} of the tasks that settle succeed`],
  ["errorBudget", (value) => `that ${percent(1 - value)} succeed`],
  ["errorBudget", (value) => `${percent(value)} failures`],
  ["latencyBudget", (value) => `${percent(1 - value)} of the managed tasks start`],
  ["latencyBudget", (value) => `that ${percent(1 - value)} start so`],
  ["latencyBudget", (value) => `${percent(value)} late starts`],
  ["slowStartSeconds", (value) => `within ${String(value)} s`],
  ["slowStartSeconds", (value) => `later than ${String(value)} s`],
];

/** The text with the thresholds of a user in place of those that ship. */
export function fitPhrases(text: string, thresholds: ReadonlyMap<ThresholdName, number>): string {
  let fitted = text;
  for (const [name, write] of phrases) {
    const value = thresholds.get(name);
    if (value !== undefined)
      fitted = fitted.replaceAll(write(alertThresholds[name].value), () => write(value));
  }
  return fitted;
}
