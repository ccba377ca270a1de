import { readText, readYaml } from "./repository.ts";

export interface AlertRule {
  readonly alert: string;
  readonly expr: string;
  readonly for?: string;
  readonly keep_firing_for?: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

export interface RecordingRule {
  readonly record: string;
  readonly expr: string;
}

export interface RuleFile {
  readonly groups: readonly {
    readonly name: string;
    readonly interval?: string;
    readonly rules: readonly (AlertRule | RecordingRule)[];
  }[];
}

export const rulesPath = "alerts/taskscope.rules.yml";

export const ruleFile: RuleFile = readYaml<RuleFile>(rulesPath);

const rules = ruleFile.groups.flatMap((group) => group.rules);

export const alerts: readonly AlertRule[] = rules.filter((rule): rule is AlertRule => "alert" in rule);

export const recordings: readonly RecordingRule[] = rules.filter(
  (rule): rule is RecordingRule => "record" in rule,
);

export const alertNames: readonly string[] = [...new Set(alerts.map(({ alert }) => alert))];

/** The thresholds that the table at the top of the rule file gives for an alert. */
export function thresholdsOf(alert: string): number[] {
  return [...readText(rulesPath).matchAll(/^# \| (\w+) +\| ([\d.]+) +\|/gm)]
    .filter(([, name]) => name === alert)
    .map(([, , value]) => Number(value));
}
