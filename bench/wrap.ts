import { bareCase, caseNames, type TaskPlan } from "./bench-case.ts";
import { openTelemetryMetricsCase } from "./peers/open-telemetry-metrics.ts";
import { promClientCase } from "./peers/prom-client.ts";
import { taskscopeCase } from "./subject.ts";

/** P1: a wrapped call with all metrics on, no span, `context: false`, beside the bare call and the same numbers by hand. */
export const wrapPlan: TaskPlan = {
  measure: "time",
  phases: [
    () => [
      bareCase(),
      taskscopeCase(caseNames.taskscope, { context: false }),
      promClientCase(),
      openTelemetryMetricsCase(),
    ],
  ],
};

/**
 * P1c: the same with context on. On Node 20 and 22 the first `AsyncLocalStorage` that becomes active makes every later promise of
 * the process dearer, so the bare call and the peer, which need none, run to their end before the tracker is made.
 */
export const wrapContextPlan: TaskPlan = {
  measure: "time",
  phases: [
    () => [bareCase(), promClientCase()],
    () => [taskscopeCase(caseNames.taskscopeContext, { context: true })],
  ],
};
