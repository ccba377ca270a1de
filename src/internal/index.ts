export { systemClock, WallClock } from "./clock.ts";
export type { Clock, ClockTimer } from "./clock.ts";
export { DeadlineQueue } from "./deadline-queue.ts";
export type { Deadline } from "./deadline-queue.ts";
export { IndexedHeap } from "./indexed-heap.ts";
export type { HeapNode } from "./indexed-heap.ts";
export { processDiag, safeDiag } from "./diag.ts";
export type { Diag } from "./diag.ts";
export { version } from "./version.ts";
