import { AlwaysOffSampler, AlwaysOnSampler, type Sampler } from "@opentelemetry/sdk-trace";
import { bareCase, caseNames, type TaskPlan } from "./bench-case.ts";
import { DroppingSpanProcessor } from "./peers/dropping-span-processor.ts";
import { openTelemetrySpanCase, peerSpanName } from "./peers/open-telemetry-span.ts";
import { taskName } from "./peers/recorded-task.ts";
import { registerTracing } from "./register-tracing.ts";
import { taskscopeCase } from "./subject.ts";

/** P2: a wrapped call with a recording span and all metrics, beside the same span and numbers by hand. */
export const spanRecordedPlan: TaskPlan = spanPlan(new AlwaysOnSampler(), true);

/** P2: the same when the sampler turns every span down. */
export const spanUnsampledPlan: TaskPlan = spanPlan(new AlwaysOffSampler(), false);

/** Both sides use the tracing that is registered globally, as an application would. */
function spanPlan(sampler: Sampler, recorded: boolean): TaskPlan {
  const processor = new DroppingSpanProcessor();
  return {
    measure: "time",
    phases: [
      () => [bareCase()],
      () => {
        registerTracing(sampler, processor);
        return [taskscopeCase(caseNames.taskscopeSpan, { context: true }), openTelemetrySpanCase()];
      },
    ],
    verify: (tasksByCase) => {
      processor.assertEnded(taskName, recorded ? tasksByCase.get(caseNames.taskscopeSpan) : 0);
      processor.assertEnded(peerSpanName, recorded ? tasksByCase.get(caseNames.otelSpan) : 0);
    },
  };
}
