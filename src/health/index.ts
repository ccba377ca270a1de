export type { AlertChange, HealthAlert } from "./alert-book.ts";
export { health } from "./health.ts";
export type { AlertReceiver, HealthOptions } from "./health-options.ts";
export { healthRules } from "./health-rules.ts";
export type { HealthReport, HealthRules } from "./health-rules.ts";
export type { AlertSeverity } from "./rule.ts";
export type { HealthThresholdName, HealthThresholds } from "./thresholds.ts";
