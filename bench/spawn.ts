import { bareCase, caseNames, type TaskPlan } from "./bench-case.ts";
import { pQueueCase } from "./peers/p-queue.ts";
import { spawnCase } from "./subject.ts";

/**
 * P4: `spawn` with its deferred start and the histogram of spawn latency, plain and with limits, a priority and a timeout configured,
 * against the bare call and p-queue's bare `add`. The case with context on comes last because nothing takes an `AsyncLocalStorage`
 * back.
 */
export const spawnPlan: TaskPlan = {
  measure: "time",
  phases: [
    () => [
      bareCase(),
      spawnCase(caseNames.spawn, { context: false, policy: false }),
      spawnCase(caseNames.spawnLimited, { context: false, policy: true }),
      pQueueCase(),
    ],
    () => [spawnCase(caseNames.spawnContext, { context: true, policy: false })],
  ],
};
