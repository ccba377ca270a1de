/**
 * Entry of a measuring process: runs one plan and sends what it measured to its parent. It is started by `run.ts` as plain
 * JavaScript, without a loader (see `compile.ts`).
 */
import { measureHeap, type HeapOptions, type HeapResult } from "./heap-usage.ts";
import { plans, type PlanName } from "./plans.ts";
import { measureTime, type TimeOptions, type TimeResult } from "./time.ts";

export interface ChildRequest {
  readonly plan: PlanName;
  readonly time: TimeOptions;
  readonly heap: HeapOptions;
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
    };

async function main(request: ChildRequest): Promise<ChildResult> {
  const plan = await plans[request.plan]();
  return plan.measure === "time"
    ? {
        measure: "time",
        plan: request.plan,
        time: await measureTime(plan, request.time),
      }
    : {
        measure: "heap",
        plan: request.plan,
        heap: await measureHeap(plan, request.heap),
      };
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
