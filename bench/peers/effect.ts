import { Duration, Effect, Layer, ManagedRuntime, Metric, Tracer } from "effect";
import { assertNumber } from "../batch.ts";
import { caseNames, type BenchCase, type TaskCounts } from "../bench-case.ts";
import type { Task } from "../workload.ts";
import { durationBoundsSeconds, peerMetricNames, taskLabels, taskName, taskType } from "./recorded-task.ts";

/**
 * What one would write around a task with Effect: a program that is put together once, in a runtime that has a registry of metrics
 * and a tracer. Its duration has no outcome: `trackDuration` records what ended in whatever way. Its spans are never asked for their
 * ids, and so never make them.
 */
export function effectCase(): BenchCase {
  let spansEnded = 0;
  /** Stands where the span of an exporting tracer would be queued. */
  class DroppedSpan extends Tracer.NativeSpan {
    override end(...how: Parameters<Tracer.NativeSpan["end"]>): void {
      super.end(...how);
      spansEnded += 1;
    }
  }
  const runtime = ManagedRuntime.make(
    Layer.mergeAll(
      Layer.succeed(Metric.MetricRegistry, new Map()),
      Layer.succeed(Tracer.Tracer, Tracer.make({ span: (options) => new DroppedSpan(options) })),
    ),
  );
  return {
    name: caseNames.effect,
    wrap: (task) => {
      const program = observed(task);
      return () => runtime.runPromise(program);
    },
    counts: async () => {
      const counts = countsFromSnapshot(await runtime.runPromise(Metric.snapshot));
      assertNumber("Effect's spans ended", spansEnded, counts.completed + counts.failed);
      return counts;
    },
  };
}

const options = { attributes: taskLabels };
const spawned = Metric.counter(peerMetricNames.spawned, { ...options, incremental: true });
const running = Metric.gauge(peerMetricNames.running, options);
const completed = Metric.counter(peerMetricNames.completed, { ...options, incremental: true });
const failed = Metric.counter(peerMetricNames.failed, { ...options, incremental: true });
const duration = Metric.histogram(peerMetricNames.durations, {
  ...options,
  boundaries: durationBoundsSeconds,
});

/** The task with its span and its metrics. It fails with what the task was rejected with. */
function observed(task: Task): Effect.Effect<number, unknown> {
  const measured = Effect.tryPromise({ try: task, catch: (error) => error }).pipe(
    Effect.trackDuration(duration, Duration.toSeconds),
    Effect.trackSuccesses(completed, () => 1),
    Effect.trackErrors(failed, () => 1),
  );
  return Metric.update(spawned, 1).pipe(
    Effect.andThen(
      Effect.acquireUseRelease(
        Metric.modify(running, 1),
        () => measured,
        () => Metric.modify(running, -1),
      ),
    ),
    Effect.withSpan(taskName, { attributes: { "task.name": taskName, "task.type": taskType } }),
  );
}

function countsFromSnapshot(metrics: readonly Metric.Metric.Snapshot[]): TaskCounts {
  const count = (name: string): number => {
    const found = metrics.find(({ id }) => id === name);
    switch (found?.type) {
      case "Counter":
      case "Histogram":
        return Number(found.state.count);
      case "Gauge":
        return Number(found.state.value);
      default:
        return 0;
    }
  };
  return {
    spawned: count(peerMetricNames.spawned),
    running: count(peerMetricNames.running),
    completed: count(peerMetricNames.completed),
    failed: count(peerMetricNames.failed),
    durations: count(peerMetricNames.durations),
  };
}
