import { MeterProvider } from "@opentelemetry/sdk-metrics";
import { Registry } from "prom-client";
import { createTracker, type Tracker } from "taskscope";
import { metricsPage } from "taskscope/http";
import { openTelemetry } from "taskscope/otel";
import { promClient } from "taskscope/prom-client";
import { bareCase, caseNames, type BenchCase, type TaskPlan } from "./bench-case.ts";
import { IdleMetricReader } from "./peers/idle-metric-reader.ts";
import { countsFromReader, countsFromRegistry, countsFromText } from "./peers/metric-values.ts";
import { taskName, taskType } from "./peers/recorded-task.ts";
import { assertSame, metricNames } from "./subject.ts";
import type { Task } from "./workload.ts";

/** P3: a wrapped call with all three exporters of metrics attached at once, beside the same call with none. */
export const exportersPlan: TaskPlan = {
  measure: "time",
  phases: [() => [bareCase(), aloneCase(), exportersCase()]],
};

const wrapIn =
  (tasks: Tracker) =>
  (task: Task): Task =>
    tasks.wrap({ name: taskName, type: taskType }, task);

/** No plugin while it is measured; one that reads comes when the work is counted. */
function aloneCase(): BenchCase {
  const tasks = createTracker({ context: false });
  return {
    name: caseNames.taskscopeAlone,
    wrap: wrapIn(tasks),
    counts: () => {
      const registry = new Registry();
      tasks.use(promClient({ registry }));
      return countsFromRegistry(registry, metricNames);
    },
  };
}

function exportersCase(): BenchCase {
  const registry = new Registry();
  // Its producer alone, as the target says: spans have a row of their own.
  const telemetry = openTelemetry({ spans: false });
  const page = metricsPage();
  const reader = new IdleMetricReader({ metricProducers: [telemetry.metricProducer()] });
  new MeterProvider({ readers: [reader] });
  const tasks = createTracker({ context: false, plugins: [telemetry, promClient({ registry }), page] });
  return {
    name: caseNames.taskscopeExporters,
    wrap: wrapIn(tasks),
    counts: async () => {
      const counts = countsFromText((await page.render()).body, metricNames);
      assertSame("the OpenTelemetry reader", await countsFromReader(reader, metricNames), counts);
      assertSame("the prom-client registry", await countsFromRegistry(registry, metricNames), counts);
      return counts;
    },
  };
}
