export { fitRules } from "./fit-rules.ts";
export type { FitOptions } from "./fit-rules.ts";
export { alertThresholds } from "./thresholds.ts";
export type { AlertThreshold, ThresholdName } from "./thresholds.ts";
