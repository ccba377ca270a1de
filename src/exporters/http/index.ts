export { metricsPage } from "./metrics-page.ts";
export type { MetricsPage, RenderedMetrics } from "./metrics-page.ts";
