import type { BenchPlan } from "./bench-case.ts";

/**
 * The plans by name. Each runs in processes of its own and is imported there only: `run.ts` loads neither the subject nor the peers.
 */
export const plans = {
  wrap: async (): Promise<BenchPlan> => (await import("./wrap.ts")).wrapPlan,
  "wrap-context": async (): Promise<BenchPlan> => (await import("./wrap.ts")).wrapContextPlan,
  "span-recorded": async (): Promise<BenchPlan> => (await import("./span.ts")).spanRecordedPlan,
  "span-unsampled": async (): Promise<BenchPlan> => (await import("./span.ts")).spanUnsampledPlan,
  spawn: async (): Promise<BenchPlan> => (await import("./spawn.ts")).spawnPlan,
  exporters: async (): Promise<BenchPlan> => (await import("./exporters.ts")).exportersPlan,
  scrape: async (): Promise<BenchPlan> => (await import("./scrape.ts")).scrapePlan,
  "cancel-listening": async (): Promise<BenchPlan> => (await import("./cancel-many.ts")).cancelListeningPlan,
  "cancel-many": async (): Promise<BenchPlan> => (await import("./cancel-many.ts")).cancelManyPlan,
  import: async (): Promise<BenchPlan> => (await import("./import.ts")).importPlan,
  "package-size": async (): Promise<BenchPlan> => (await import("./package-size.ts")).packageSizePlan,
  queue: async (): Promise<BenchPlan> => (await import("./queue.ts")).queuePlan,
  heap: async (): Promise<BenchPlan> => (await import("./heap.ts")).heapPlan,
  effect: async (): Promise<BenchPlan> => (await import("./effect.ts")).effectPlan,
  autometrics: async (): Promise<BenchPlan> => (await import("./autometrics.ts")).autometricsPlan,
  "heap-peers": async (): Promise<BenchPlan> => (await import("./heap-peers.ts")).heapPeersPlan,
} as const;

export type PlanName = keyof typeof plans;
