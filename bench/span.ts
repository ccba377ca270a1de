import { context, trace } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import { AlwaysOffSampler, AlwaysOnSampler, TracerProvider, type Sampler } from "@opentelemetry/sdk-trace";
import { bareCase, caseNames, type TaskPlan } from "./bench-case.ts";
import { DroppingSpanProcessor } from "./peers/dropping-span-processor.ts";
import { openTelemetrySpanCase, peerSpanName } from "./peers/open-telemetry-span.ts";
import { taskName } from "./peers/recorded-task.ts";
import { taskscopeCase } from "./subject.ts";

/** P2: a wrapped call with a recording span and all metrics, beside the same span and numbers by hand. */
export const spanRecordedPlan: TaskPlan = spanPlan(new AlwaysOnSampler(), true);

/** P2: the same when the sampler turns every span down. */
export const spanUnsampledPlan: TaskPlan = spanPlan(new AlwaysOffSampler(), false);

/** Both sides use the tracer provider and the context manager that are registered globally, as an application would. */
function spanPlan(sampler: Sampler, recorded: boolean): TaskPlan {
  const processor = new DroppingSpanProcessor();
  return {
    measure: "time",
    phases: [
      () => [bareCase()],
      () => {
        context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
        trace.setGlobalTracerProvider(new TracerProvider({ sampler, spanProcessors: [processor] }));
        return [taskscopeCase(caseNames.taskscopeSpan, { context: true }), openTelemetrySpanCase()];
      },
    ],
    verify: (tasksByCase) => {
      assertSpans(processor, taskName, recorded ? tasksByCase.get(caseNames.taskscopeSpan) : 0);
      assertSpans(processor, peerSpanName, recorded ? tasksByCase.get(caseNames.otelSpan) : 0);
    },
  };
}

function assertSpans(processor: DroppingSpanProcessor, name: string, expected: number | undefined): void {
  const ended = processor.endedByName.get(name) ?? 0;
  if (ended !== expected) throw new Error(`${ended} spans "${name}" ended, expected ${expected}`);
}
