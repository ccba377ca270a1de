export { systemClock, WallClock } from "./clock.ts";
export type { Clock, ClockTimer } from "./clock.ts";
export { DeadlineQueue } from "./deadline-queue.ts";
export type { Deadline } from "./deadline-queue.ts";
export { processDiag, safeDiag } from "./diag.ts";
export type { Diag } from "./diag.ts";
export { needStack } from "./stack-room.ts";
export { version } from "./version.ts";
