import type { OptionBag } from "../errors/index.ts";
import {
  checkDurationMs,
  checkLimit,
  checkWord,
  InvalidOptionError,
  joinPath,
  readOptions,
} from "../errors/index.ts";
import { boundName } from "../task/index.ts";
import type { LaneLimits } from "./lane.ts";
import { expectationKeys, noExpectation, readExpectation } from "./expectation.ts";
import type { Expectation, ExpectationOptions } from "./expectation.ts";
import { readRestart } from "./restart.ts";
import type { ResolvedRestart, RestartPolicy } from "./restart.ts";

/**
 * What a tracker's shutdown does with a managed task: lets it finish within the drain, cancels it at the start, or
 * waits for it beyond the drain for the grace.
 */
export type ShutdownPolicy = "drain" | "cancel" | "wait";

const shutdownPolicies: readonly ShutdownPolicy[] = ["drain", "cancel", "wait"];

/** How long after its end a body may go on before its task counts as unresponsive, unless an option says otherwise. */
const DEFAULT_CANCEL_GRACE_MS = 5_000;

/** What a managed task may do. */
export interface TaskPolicy {
  /** The longest an attempt may take, in milliseconds; `Infinity` for no bound (the default). */
  readonly timeoutMs?: number | undefined;
  /** The longest all attempts and waits together may take, in milliseconds; `Infinity` for no bound (the default). */
  readonly totalTimeoutMs?: number | undefined;
  /** How long, in milliseconds, a body may go on after its task was cancelled or timed out (default 5,000). */
  readonly cancelGraceMs?: number | undefined;
  /** What shutdown does with the task (default `"drain"`). */
  readonly onShutdown?: ShutdownPolicy | undefined;
  /** Whether and how it is started again (default: it is not). `persistent` is a ready one. */
  readonly restart?: RestartPolicy | undefined;
  /** Who goes first among those that wait for a slot: the higher (default 0). */
  readonly priority?: number | undefined;
}

/**
 * The policy of a type: defaults for its managed tasks, and limits on all of them together. What is expected of them
 * holds for observed tasks of the type too, for it changes nothing about them.
 */
export interface TypePolicy extends TaskPolicy, ExpectationOptions {
  /** How many of the type may run at once (default `Infinity`). */
  readonly maxRunning?: number | undefined;
  /** How many of the type may start in a second (default `Infinity`); one second's worth may start at once. */
  readonly startsPerSecond?: number | undefined;
}

/** A policy with every default filled in. */
export interface ResolvedPolicy {
  readonly timeoutMs: number;
  readonly totalTimeoutMs: number;
  readonly cancelGraceMs: number;
  readonly onShutdown: ShutdownPolicy;
  readonly restart: ResolvedRestart | undefined;
  readonly priority: number;
}

/** The policy of a type with every default filled in. */
export interface ResolvedTypePolicy extends ResolvedPolicy, LaneLimits, Expectation {}

/** The option keys of a policy that single tasks take. */
export const policyKeys: readonly (keyof TaskPolicy)[] = [
  "timeoutMs",
  "totalTimeoutMs",
  "cancelGraceMs",
  "onShutdown",
  "restart",
  "priority",
];

/** The policy of types that none was given for. */
export const defaultPolicy: ResolvedTypePolicy = {
  timeoutMs: Number.POSITIVE_INFINITY,
  totalTimeoutMs: Number.POSITIVE_INFINITY,
  cancelGraceMs: DEFAULT_CANCEL_GRACE_MS,
  onShutdown: "drain",
  restart: undefined,
  priority: 0,
  maxRunning: Number.POSITIVE_INFINITY,
  startsPerSecond: Number.POSITIVE_INFINITY,
  ...noExpectation,
};

/** Puts the policy options of `bag` over `base`. */
export function resolvePolicy(path: string, bag: OptionBag, base: ResolvedPolicy): ResolvedPolicy {
  if (!policyKeys.some((key) => bag[key] !== undefined)) return base;
  const read = <T>(
    key: keyof ResolvedPolicy,
    check: (option: string, value: unknown) => T,
    otherwise: T,
  ): T => (bag[key] === undefined ? otherwise : check(joinPath(path, key), bag[key]));
  return {
    timeoutMs: read("timeoutMs", checkDurationMs, base.timeoutMs),
    totalTimeoutMs: read("totalTimeoutMs", checkDurationMs, base.totalTimeoutMs),
    cancelGraceMs: read("cancelGraceMs", checkDurationMs, base.cancelGraceMs),
    onShutdown: read("onShutdown", checkShutdownPolicy, base.onShutdown),
    restart: read("restart", readRestart, base.restart),
    priority: read("priority", checkPriority, base.priority),
  };
}

function checkShutdownPolicy(option: string, value: unknown): ShutdownPolicy {
  return checkWord(option, value, shutdownPolicies);
}

function checkPriority(option: string, value: unknown): number {
  if (typeof value === "number" && Number.isFinite(value)) return value;
  throw new InvalidOptionError(option, value, "a finite number");
}

/** The lowest rate: one start in about thirty years. */
const MIN_RATE = 1e-9;

/** A rate: starts in a second, or `Infinity` for none. */
function checkRate(option: string, value: unknown): number {
  if (typeof value === "number" && value >= MIN_RATE) return value;
  throw new InvalidOptionError(
    option,
    value,
    `a number of starts per second from ${MIN_RATE} up, or Infinity for none`,
  );
}

/** Reads a `types` option, each type over what `known` has for it. */
export function readTypePolicies(
  given: unknown,
  known: ReadonlyMap<string, ResolvedTypePolicy> = new Map(),
): Map<string, ResolvedTypePolicy> {
  const policies = new Map<string, ResolvedTypePolicy>();
  if (given === undefined) return policies;
  if (typeof given !== "object" || given === null || Array.isArray(given)) {
    throw new InvalidOptionError("types", given, "an object of policies by type");
  }
  for (const [type, policy] of Object.entries(given)) {
    const path = joinPath("types", type);
    const name = boundName(type, path);
    policies.set(name, readTypePolicy(path, policy, known.get(name) ?? defaultPolicy));
  }
  return policies;
}

const typeKeys = new Set<string>([...policyKeys, ...expectationKeys, "maxRunning", "startsPerSecond"]);

/** Reads the policy of one type, over `base`. */
function readTypePolicy(path: string, given: unknown, base: ResolvedTypePolicy): ResolvedTypePolicy {
  const bag = readOptions(path, given, typeKeys);
  const { maxRunning, startsPerSecond } = bag;
  const { expectedMs, heartbeatMs } = readExpectation(path, bag, base);
  return {
    ...resolvePolicy(path, bag, base),
    expectedMs,
    heartbeatMs,
    maxRunning:
      maxRunning === undefined ? base.maxRunning : checkLimit(joinPath(path, "maxRunning"), maxRunning, 1),
    startsPerSecond:
      startsPerSecond === undefined
        ? base.startsPerSecond
        : checkRate(joinPath(path, "startsPerSecond"), startsPerSecond),
  };
}
