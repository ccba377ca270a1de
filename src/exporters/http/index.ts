export type { AlertView, HealthSource, HealthView } from "./health-source.ts";
export { httpApi } from "./http-api.ts";
export type { HttpApi } from "./http-api.ts";
export type { HttpApiOptions, ListenOptions } from "./http-options.ts";
export { metricsPage } from "./metrics-page.ts";
export type { MetricsPage, RenderedMetrics } from "./metrics-page.ts";
