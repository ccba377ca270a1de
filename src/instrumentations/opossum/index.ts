export type { Breaker, BreakerState, TaskBreaker } from "./breaker.ts";
export { circuitBreakers } from "./circuit-breakers.ts";
export type { CircuitBreakersPlugin } from "./circuit-breakers.ts";
export type { CircuitBreakersOptions, ProtectOptions, TaskSelection, WatchOptions } from "./options.ts";
