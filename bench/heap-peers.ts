import { bareCase, type TaskPlan } from "./bench-case.ts";
import { autometricsCase } from "./peers/autometrics.ts";
import { effectCase } from "./peers/effect.ts";
import { heapSizes } from "./targets.ts";

/** Heap that a running task holds over the bare pending call, with the peers that no target names. */
export const heapPeersPlan: TaskPlan = {
  measure: "heap",
  phases: [() => [bareCase(), effectCase()], () => [autometricsCase()]],
  // A million fibers of Effect would not fit into the heap of the process.
  maxPending: heapSizes.small,
};
