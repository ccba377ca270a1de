import { performance } from "node:perf_hooks";
import { MeterProvider } from "@opentelemetry/sdk-metrics";
import { caseNames, type BenchCase } from "../bench-case.ts";
import { IdleMetricReader } from "./idle-metric-reader.ts";
import { countsFromReader } from "./metric-values.ts";
import {
  completedLabels,
  durationBoundsSeconds,
  failedLabels,
  peerMetricNames,
  taskLabels,
} from "./recorded-task.ts";

/** What one would write around a task with OpenTelemetry's metrics: five recordings, each with its attributes. */
export function openTelemetryMetricsCase(): BenchCase {
  const { spawned, running, completed, failed, duration, counts } = openTelemetryInstruments();
  return {
    name: caseNames.otelMetrics,
    wrap: (task) => async () => {
      spawned.add(1, taskLabels);
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
        throw error;
      } finally {
        running.add(-1, taskLabels);
      }
    },
    counts,
  };
}

/** Instruments for the numbers of a task, on a provider of their own whose reader is idle. */
export function openTelemetryInstruments() {
  const reader = new IdleMetricReader();
  const meter = new MeterProvider({ readers: [reader] }).getMeter("bench");
  return {
    spawned: meter.createCounter(peerMetricNames.spawned, { unit: "{task}" }),
    running: meter.createUpDownCounter(peerMetricNames.running, {
      unit: "{task}",
    }),
    completed: meter.createCounter(peerMetricNames.completed, {
      unit: "{task}",
    }),
    failed: meter.createCounter(peerMetricNames.failed, { unit: "{task}" }),
    duration: meter.createHistogram(peerMetricNames.durations, {
      unit: "s",
      advice: { explicitBucketBoundaries: durationBoundsSeconds },
    }),
    counts: () => countsFromReader(reader, peerMetricNames),
  };
}
