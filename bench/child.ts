/**
 * Entry of a measuring process: runs one plan and sends what it measured to its parent. It is started by `run.ts` as plain
 * JavaScript, without a loader (see `compile.ts`).
 */
import { measureBatch, type BatchOptions, type BatchResult } from "./batch.ts";
import { measureHeap, type HeapOptions, type HeapResult } from "./heap-usage.ts";
import { plans, type PlanName } from "./plans.ts";
import { measureTime, type TimeOptions, type TimeResult } from "./time.ts";

export interface ChildRequest {
  readonly plan: PlanName;
  readonly time: TimeOptions;
  readonly heap: HeapOptions;
  readonly batch: BatchOptions;
}

export type ChildResult =
  | {
      readonly measure: "time";
      readonly plan: PlanName;
      readonly time: readonly TimeResult[];
    }
  | {
      readonly measure: "heap";
      readonly plan: PlanName;
      readonly heap: readonly HeapResult[];
    }
  | {
      readonly measure: "batch";
      readonly plan: PlanName;
      readonly batch: readonly BatchResult[];
    }
  | {
      readonly measure: "size";
      readonly plan: PlanName;
      readonly bytes: number;
    };

async function main(request: ChildRequest): Promise<ChildResult> {
  const plan = await plans[request.plan]();
  const { plan: name } = request;
  switch (plan.measure) {
    case "time":
      return { measure: "time", plan: name, time: await measureTime(plan, request.time) };
    case "heap":
      return { measure: "heap", plan: name, heap: await measureHeap(plan, request.heap) };
    case "batch":
      return { measure: "batch", plan: name, batch: await measureBatch(plan, request.batch) };
    case "size":
      return { measure: "size", plan: name, bytes: await plan.bytes() };
  }
}

process.once("message", (request: ChildRequest) => {
  main(request).then(
    (result) => process.send?.(result, () => process.disconnect()),
    (error: unknown) => {
      console.error(error);
      process.exit(1);
    },
  );
});
