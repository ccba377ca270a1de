import PQueue from "p-queue";
import { caseNames, type BenchCase } from "../bench-case.ts";

/** p-queue's bare `add`: no limit, no priority, no timeout, and no telemetry. It counts nothing itself, so nothing is compared. */
export function pQueueCase(): BenchCase {
  return {
    name: caseNames.pQueue,
    wrap: (task) => {
      const queue = new PQueue();
      return () => queue.add(task);
    },
  };
}
