import type { OptionBag } from "../errors/index.ts";
import { InvalidOptionError, checkDurationMs, checkWord, joinPath, readOptions } from "../errors/index.ts";
import { boundName } from "../task/index.ts";

/**
 * What a tracker's shutdown does with a managed task: lets it finish within the drain, cancels it at the start, or
 * waits for it beyond the drain for the grace.
 */
export type ShutdownPolicy = "drain" | "cancel" | "wait";

const shutdownPolicies: readonly ShutdownPolicy[] = ["drain", "cancel", "wait"];

/** How long after its end a body may go on before its task counts as unresponsive, unless an option says otherwise. */
const DEFAULT_CANCEL_GRACE_MS = 5_000;

/** The policy of a type: defaults for its managed tasks. */
export interface TypePolicy {
  /** The longest an attempt may take, in milliseconds; `Infinity` for no bound (the default). */
  readonly timeoutMs?: number | undefined;
  /** How long, in milliseconds, a body may go on after its task was cancelled or timed out (default 5,000). */
  readonly cancelGraceMs?: number | undefined;
  /** What shutdown does with the tasks (default `"drain"`). */
  readonly onShutdown?: ShutdownPolicy | undefined;
}

/** A policy with every default filled in. */
export interface ResolvedPolicy {
  readonly timeoutMs: number;
  readonly cancelGraceMs: number;
  readonly onShutdown: ShutdownPolicy;
}

/** The option keys of a policy, which single tasks take too. */
export const policyKeys = ["timeoutMs", "cancelGraceMs", "onShutdown"] as const;

/** The policy of types that none was given for. */
export const defaultPolicy: ResolvedPolicy = {
  timeoutMs: Number.POSITIVE_INFINITY,
  cancelGraceMs: DEFAULT_CANCEL_GRACE_MS,
  onShutdown: "drain",
};

/** Puts the policy options of `bag` over `base`. */
export function resolvePolicy(path: string, bag: OptionBag, base: ResolvedPolicy): ResolvedPolicy {
  const { timeoutMs, cancelGraceMs, onShutdown } = bag;
  if (timeoutMs === undefined && cancelGraceMs === undefined && onShutdown === undefined) return base;
  return {
    timeoutMs:
      timeoutMs === undefined ? base.timeoutMs : checkDurationMs(joinPath(path, "timeoutMs"), timeoutMs),
    cancelGraceMs:
      cancelGraceMs === undefined
        ? base.cancelGraceMs
        : checkDurationMs(joinPath(path, "cancelGraceMs"), cancelGraceMs),
    onShutdown:
      onShutdown === undefined
        ? base.onShutdown
        : checkWord(joinPath(path, "onShutdown"), onShutdown, shutdownPolicies),
  };
}

/** Reads the `types` option of a tracker. */
export function readTypePolicies(given: unknown): ReadonlyMap<string, ResolvedPolicy> {
  const policies = new Map<string, ResolvedPolicy>();
  if (given === undefined) return policies;
  if (typeof given !== "object" || given === null || Array.isArray(given)) {
    throw new InvalidOptionError("types", given, "an object of policies by type");
  }
  const allowed = new Set<string>(policyKeys);
  for (const [type, policy] of Object.entries(given)) {
    const path = joinPath("types", type);
    policies.set(
      boundName(type, path),
      resolvePolicy(path, readOptions(path, policy, allowed), defaultPolicy),
    );
  }
  return policies;
}
