/** The states of a circuit breaker: the values of the `state` label. */
export const breakerStates = ["closed", "open", "half_open"] as const;

/** One of {@link breakerStates}. */
export type BreakerState = (typeof breakerStates)[number];

type BreakerEvent = "open" | "close" | "halfOpen" | "shutdown";

/** A `CircuitBreaker` of opossum, as far as it is looked at. Whatever copy of opossum made it. */
export interface Breaker {
  readonly name: string;
  /** False when it was switched off: then it protects nothing. */
  readonly enabled: boolean;
  readonly closed: boolean;
  readonly opened: boolean;
  readonly halfOpen: boolean;
  /** Half open, and the next call is the trial. */
  readonly pendingClose: boolean;
  readonly isShutdown: boolean;
  on(event: BreakerEvent, listener: () => void): unknown;
  off(event: BreakerEvent, listener: () => void): unknown;
}

/** The `CircuitBreaker` of opossum that `protect` makes: what is of use to people. */
export interface TaskBreaker extends Breaker {
  /** Opens it by hand; it tries again after its `resetTimeout`. */
  open(): void;
  /** Closes it by hand. */
  close(): void;
  /** Switches it off: every task is let in and none counts. `enable` switches it on again. */
  disable(): void;
  enable(): void;
  /** Calls `check` every `intervalMs` (default 5,000) and opens when it rejects. */
  healthCheck(check: () => Promise<void>, intervalMs?: number): void;
  /** Ends it for good: it protects nothing and is shown no more. */
  shutdown(): void;
}

/** The state as a label says it. A breaker that was shut down has none; it reads as closed, for it lets all in. */
export function stateOf(breaker: Breaker): BreakerState {
  if (breaker.opened) return "open";
  return breaker.halfOpen ? "half_open" : "closed";
}

/** Tells a breaker by what is used of it: the user's opossum may be another copy than any that could be loaded here. */
export function isBreaker(value: unknown): value is Breaker {
  if (typeof value !== "object" || value === null) return false;
  const breaker = value as Partial<Breaker>;
  const flags = [breaker.enabled, breaker.closed, breaker.opened, breaker.halfOpen, breaker.pendingClose];
  return (
    typeof breaker.on === "function" &&
    typeof breaker.off === "function" &&
    flags.every((flag) => typeof flag === "boolean")
  );
}
