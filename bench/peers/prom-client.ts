import { performance } from "node:perf_hooks";
import { Counter, Gauge, Histogram, Registry } from "prom-client";
import { caseNames, type BenchCase } from "../bench-case.ts";
import { countsFromRegistry } from "./metric-values.ts";
import {
  completedLabels,
  durationBoundsSeconds,
  failedLabels,
  peerMetricNames,
  taskLabels,
} from "./recorded-task.ts";

/** What one would write around a task with prom-client: five recordings, each with its `{labels}`. */
export function promClientCase(): BenchCase {
  const registry = new Registry();
  const registers = [registry];
  const labelNames = Object.keys(taskLabels);
  const spawned = new Counter({
    name: "tasks_spawned_total",
    help: "accepted tasks",
    labelNames,
    registers,
  });
  const running = new Gauge({
    name: "tasks_running",
    help: "started, not ended",
    labelNames,
    registers,
  });
  const completed = new Counter({
    name: "tasks_completed_total",
    help: "ended well",
    labelNames,
    registers,
  });
  const failed = new Counter({
    name: "tasks_failed_total",
    help: "ended with an error",
    labelNames,
    registers,
  });
  const duration = new Histogram({
    name: "task_duration_seconds",
    help: "time spent running",
    labelNames: Object.keys(completedLabels),
    buckets: durationBoundsSeconds,
    registers,
  });
  return {
    name: caseNames.promClient,
    wrap: (task) => async () => {
      spawned.inc(taskLabels);
      running.inc(taskLabels);
      const startedMs = performance.now();
      try {
        const value = await task();
        duration.observe(completedLabels, (performance.now() - startedMs) / 1_000);
        completed.inc(taskLabels);
        return value;
      } catch (error) {
        duration.observe(failedLabels, (performance.now() - startedMs) / 1_000);
        failed.inc(taskLabels);
        throw error;
      } finally {
        running.dec(taskLabels);
      }
    },
    counts: () => countsFromRegistry(registry, peerMetricNames),
  };
}
