import { createRequire } from "node:module";
import { autometrics, registerExporter } from "@autometrics/autometrics";
import { caseNames, type BenchCase, type TaskCounts } from "../bench-case.ts";
import { taskName, taskType } from "./recorded-task.ts";

/** A reader of the OpenTelemetry SDK that autometrics brings along, an older one than ours. */
type OwnReader = Parameters<typeof registerExporter>[0]["metricReader"];

const ownSdk = createRequire(createRequire(import.meta.url).resolve("@autometrics/autometrics"))(
  "@opentelemetry/sdk-metrics",
) as { readonly MetricReader: abstract new () => OwnReader };

/** What an exporter of autometrics registers, without a page to fetch or an address to push to. */
class IdleReader extends ownSdk.MetricReader {
  protected override onForceFlush(): Promise<void> {
    return Promise.resolve();
  }
  protected override onShutdown(): Promise<void> {
    return Promise.resolve();
  }
}

/**
 * What one would write around a task with autometrics: its wrapper, with the number of concurrent calls. It makes no span, keeps the
 * caller of a call in an `AsyncLocalStorage`, and counts a call when it ends, by result.
 */
export function autometricsCase(): BenchCase {
  const metricReader = new IdleReader();
  // Before anything is wrapped: until then its meter records nothing that a reader would see.
  registerExporter({ metricReader });
  return {
    name: caseNames.autometrics,
    wrap: (task) =>
      autometrics({ functionName: taskName, moduleName: taskType, trackConcurrency: true }, task),
    counts: () => countsOf(metricReader),
  };
}

async function countsOf(reader: OwnReader): Promise<TaskCounts> {
  const { resourceMetrics, errors } = await reader.collect();
  if (errors.length > 0) throw new AggregateError(errors, "the collection of autometrics failed");
  const metrics = resourceMetrics.scopeMetrics.flatMap(({ metrics: ofScope }) => ofScope);
  const sum = (name: string, result?: string): number => {
    let total = 0;
    for (const { value, attributes } of metrics.find(({ descriptor }) => descriptor.name === name)
      ?.dataPoints ?? []) {
      if (result !== undefined && attributes["result"] !== result) continue;
      total += typeof value === "number" ? value : value.count;
    }
    return total;
  };
  const running = sum("function.calls.concurrent");
  return {
    spawned: sum("function.calls") + running,
    running,
    completed: sum("function.calls", "ok"),
    failed: sum("function.calls", "error"),
    durations: sum("function.calls.duration"),
  };
}
