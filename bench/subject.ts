import { MeterProvider } from "@opentelemetry/sdk-metrics";
import { Registry } from "prom-client";
import { createTracker, type Tracker, type TrackerOptions } from "taskscope";
import { openTelemetry } from "taskscope/otel";
import { promClient } from "taskscope/prom-client";
import type { BenchCase, caseNames, TaskCounts } from "./bench-case.ts";
import { IdleMetricReader } from "./peers/idle-metric-reader.ts";
import { countsFromReader, countsFromRegistry, type CountNames } from "./peers/metric-values.ts";
import { taskName, taskType } from "./peers/recorded-task.ts";
import type { Task } from "./workload.ts";

type SubjectName =
  typeof caseNames.taskscope | typeof caseNames.taskscopeContext | typeof caseNames.taskscopeSpan;

type SpawnName = typeof caseNames.spawn | typeof caseNames.spawnLimited | typeof caseNames.spawnContext;

/** Names of our metrics that hold the counts. */
export const metricNames: CountNames = {
  spawned: "taskscope_tasks_spawned",
  running: "taskscope_tasks_running",
  completed: "taskscope_tasks_completed",
  failed: "taskscope_tasks_failed",
  durations: "taskscope_task_duration_seconds",
};

/**
 * taskscope with all metrics on: prom-client and an OpenTelemetry reader are both attached and both are read when the work is
 * counted, so a case passes only when every exporter has seen every task. Spans are made when a tracer provider is registered.
 */
export function taskscopeCase(name: SubjectName, options: { readonly context: boolean }): BenchCase {
  return caseOf(name, options, (tasks, task) => tasks.wrap({ name: taskName, type: taskType }, task));
}

/** The same with managed tasks: every call is a `spawn`, and gives its result. */
export function spawnCase(
  name: SpawnName,
  { context, policy }: { readonly context: boolean; readonly policy: boolean },
): BenchCase {
  const limits: TrackerOptions = policy
    ? {
        limits: { maxRunning: 10_000, maxQueued: 10_000 },
        types: { [taskType]: { maxRunning: 5_000, timeoutMs: 60_000 } },
      }
    : {};
  const spec = { name: taskName, type: taskType, ...(policy ? { priority: 5 } : {}) };
  return caseOf(name, { ...limits, context }, (tasks, task) => () => tasks.spawn(spec, task).result);
}

function caseOf(
  name: SubjectName | SpawnName,
  options: TrackerOptions,
  wrap: (tasks: Tracker, task: Task) => Task,
): BenchCase {
  const registry = new Registry();
  const telemetry = openTelemetry();
  const reader = new IdleMetricReader({
    metricProducers: [telemetry.metricProducer()],
  });
  new MeterProvider({ readers: [reader] });
  const tasks = createTracker({
    ...options,
    plugins: [telemetry, promClient({ registry })],
  });
  return {
    name,
    wrap: (task) => wrap(tasks, task),
    counts: async () => {
      const { total } = tasks.stats();
      const fromReader = await countsFromReader(reader, metricNames);
      const fromRegistry = await countsFromRegistry(registry, metricNames);
      assertSame("the OpenTelemetry reader", fromReader, {
        ...total,
        durations: fromReader.durations,
      });
      assertSame("the prom-client registry", fromRegistry, fromReader);
      return fromReader;
    },
  };
}

/** Throws unless `counts` are those `expected`. */
export function assertSame(source: string, counts: TaskCounts, expected: TaskCounts): void {
  for (const key of Object.keys(counts) as (keyof TaskCounts)[]) {
    if (counts[key] !== expected[key]) {
      throw new Error(`${source} says ${key} is ${counts[key]}, but it is ${expected[key]}`);
    }
  }
}
