export { dashboardUidPrefix } from "./dashboard-uid.ts";
export { fitRules, shippedRunbooks } from "./fit-rules.ts";
export type { FitOptions } from "./fit-rules.ts";
export { alertThresholds, defaultLongLivedTypes } from "./thresholds.ts";
export type { ThresholdName } from "./thresholds.ts";
