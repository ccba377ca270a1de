import { performance } from "node:perf_hooks";
import { SpanStatusCode, trace } from "@opentelemetry/api";
import { caseNames, type BenchCase } from "../bench-case.ts";
import { openTelemetryInstruments } from "./open-telemetry-metrics.ts";
import { completedLabels, failedLabels, taskLabels, taskName, taskType } from "./recorded-task.ts";

/** Name of the span that this peer makes. */
export const peerSpanName = `${taskName} by hand`;

/**
 * What one would write around a task with OpenTelemetry's tracing and metrics: an active span with two attributes, from the
 * tracer provider registered globally, and the five recordings.
 */
export function openTelemetrySpanCase(): BenchCase {
  const { spawned, running, completed, failed, duration, counts } = openTelemetryInstruments();
  const tracer = trace.getTracer("bench");
  const spanOptions = {
    attributes: { "task.name": taskName, "task.type": taskType },
  };
  return {
    name: caseNames.otelSpan,
    wrap: (task) => () => {
      spawned.add(1, taskLabels);
      return tracer.startActiveSpan(peerSpanName, spanOptions, async (span) => {
        running.add(1, taskLabels);
        const startedMs = performance.now();
        try {
          const value = await task();
          duration.record((performance.now() - startedMs) / 1_000, completedLabels);
          completed.add(1, taskLabels);
          return value;
        } catch (error) {
          duration.record((performance.now() - startedMs) / 1_000, failedLabels);
          failed.add(1, taskLabels);
          span.recordException(error instanceof Error ? error : String(error));
          span.setStatus({ code: SpanStatusCode.ERROR });
          throw error;
        } finally {
          running.add(-1, taskLabels);
          span.end();
        }
      });
    },
    counts,
  };
}
