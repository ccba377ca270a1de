export type { BlockedLoopOptions } from "./blocked-loop-options.ts";
export { blockedLoop } from "./blocked-loop.ts";
