import { AlwaysOnSampler } from "@opentelemetry/sdk-trace";
import { bareCase, caseNames, type TaskPlan } from "./bench-case.ts";
import { DroppingSpanProcessor } from "./peers/dropping-span-processor.ts";
import { effectCase } from "./peers/effect.ts";
import { taskName } from "./peers/recorded-task.ts";
import { registerTracing } from "./register-tracing.ts";
import { taskscopeCase } from "./subject.ts";

const processor = new DroppingSpanProcessor();

/**
 * Effect beside a wrapped call, both with a recorded span and all metrics. Effect keeps its context in its fibers and runs to its end
 * before tracing with its `AsyncLocalStorage` is registered for the other.
 */
export const effectPlan: TaskPlan = {
  measure: "time",
  phases: [
    () => [bareCase(), effectCase()],
    () => {
      registerTracing(new AlwaysOnSampler(), processor);
      return [taskscopeCase(caseNames.taskscopeSpan, { context: true })];
    },
  ],
  verify: (tasksByCase) => processor.assertEnded(taskName, tasksByCase.get(caseNames.taskscopeSpan)),
};
