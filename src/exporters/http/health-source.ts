/** What `/health` and `/alerts` show: the plugin of `taskscope/health`, or anything else of this shape. */
export interface HealthSource {
  /** How things stand now. A pure read. */
  report(): HealthView;
}

/** How things stand. */
export interface HealthView {
  /** `failing`: something critical is firing; `degraded`: something else is. */
  readonly status: "ok" | "degraded" | "failing";
  /** How many rules are looked at. */
  readonly rules: number;
  readonly alerts: readonly AlertView[];
}

/** A rule that holds for some of the tasks. */
export interface AlertView {
  readonly name: string;
  readonly severity: "critical" | "warning" | "info";
  /** `pending` until it has held for as long as the rule wants. */
  readonly state: "pending" | "firing";
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
  readonly threshold: number;
  readonly summary: string;
  readonly description: string;
  readonly activeAtMs: number;
  readonly firingAtMs: number | undefined;
  readonly runbookUrl: string;
}
