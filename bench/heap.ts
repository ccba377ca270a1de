import { bareCase, caseNames, type TaskPlan } from "./bench-case.ts";
import { openTelemetryMetricsCase } from "./peers/open-telemetry-metrics.ts";
import { promClientCase } from "./peers/prom-client.ts";
import { taskscopeCase } from "./subject.ts";

/**
 * P5: heap that a running wrapped task holds over the bare pending call, the registry of running tasks on, beside the same numbers
 * by hand; and what is left after the end. The case with context on comes last because nothing takes an `AsyncLocalStorage` back.
 */
export const heapPlan: TaskPlan = {
  measure: "heap",
  phases: [
    () => [
      bareCase(),
      taskscopeCase(caseNames.taskscope, { context: false }),
      promClientCase(),
      openTelemetryMetricsCase(),
    ],
    () => [taskscopeCase(caseNames.taskscopeContext, { context: true })],
  ],
};
