import { bareCase, caseNames, type TaskPlan } from "./bench-case.ts";
import { autometricsCase } from "./peers/autometrics.ts";
import { taskscopeCase } from "./subject.ts";

/**
 * The wrapper of autometrics beside a wrapped call with all metrics on and no span. autometrics comes last, because nothing takes its
 * `AsyncLocalStorage` back, and in processes of its own, because it brings an OpenTelemetry SDK along.
 */
export const autometricsPlan: TaskPlan = {
  measure: "time",
  phases: [
    () => [bareCase(), taskscopeCase(caseNames.taskscope, { context: false })],
    () => [autometricsCase()],
  ],
};
