export { fitRules } from "./fit-rules.ts";
export type { FitOptions } from "./fit-rules.ts";
export { alertThresholds, defaultLongLivedTypes } from "./thresholds.ts";
