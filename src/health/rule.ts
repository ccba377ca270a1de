import type { History } from "./history.ts";
import type { HealthThresholds } from "./thresholds.ts";

/** How urgent an alert is: somebody is called, somebody looks today, it is good to know. */
export type AlertSeverity = "critical" | "warning" | "info";

/** What a rule finds: that it holds, for whom, and by how much. */
export interface Finding {
  /** Beside the name: which type, of which kind. Keeps its alert apart from others of the rule. */
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** What a rule looks at. */
export interface RuleInput {
  readonly history: History;
  readonly thresholds: HealthThresholds;
  /** The types there are; `settling` are those whose tasks are not meant to run for hours. */
  readonly types: readonly string[];
  readonly settlingTypes: readonly string[];
}

/** An alert rule of `alerts/taskscope.rules.yml`, as far as one process can see what it looks at. */
export interface HealthRule {
  readonly name: string;
  readonly severity: AlertSeverity;
  /** How long it must hold before it fires, in milliseconds. */
  readonly forMs: number;
  /** How long it goes on firing when it does not hold any more, in milliseconds. */
  readonly keepFiringMs: number;
  readonly summary: string;
  /** Which number of the thresholds the value is compared with. */
  readonly threshold: keyof HealthThresholds | 0;
  /** What the value counts. */
  readonly unit: string;
  find(input: RuleInput): Finding[];
}
