import { expect } from "vitest";
import { metricFamilies } from "taskscope";
import type { MetricSample, Plugin, PluginContext, TaskCounts, Tracker } from "taskscope";

/** A promise and the means to settle it. */
export function deferred<T>(): {
  readonly promise: Promise<T>;
  readonly resolve: (value: T) => void;
  readonly reject: (error: unknown) => void;
} {
  let resolve!: (value: T) => void;
  let reject!: (error: unknown) => void;
  const promise = new Promise<T>((onResolve, onReject) => {
    resolve = onResolve;
    reject = onReject;
  });
  return { promise, resolve, reject };
}

/** One turn of the event loop: every promise reaction that can run has run. */
export function turn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

/** A plugin, and the samples that the tracker which has it exports under a name without prefix. */
export function metricReader(): {
  readonly reader: Plugin;
  readonly samples: (name: string) => readonly MetricSample[];
} {
  let context: PluginContext | undefined;
  return {
    reader: { name: "reader", setup: (given) => void (context = given) },
    samples: (name) => {
      if (context === undefined) throw new Error("No tracker has this plugin");
      const families = metricFamilies("t", [context.stats()]);
      return families.flatMap((family) => (family.prometheusName === `t_${name}` ? family.samples : []));
    },
  };
}

/** Holds that the books of a tracker balance, in total and for every series. */
export function balanced(tracker: Tracker): void {
  const { total, bySeries } = tracker.stats();
  for (const counts of [total, ...bySeries]) expect(sumOfStates(counts)).toBe(counts.spawned);
}

function sumOfStates({ queued, running, completed, failed, cancelled }: TaskCounts): number {
  return queued + running + completed + failed + cancelled;
}
