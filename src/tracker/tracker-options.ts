import {
  InvalidOptionError,
  checkBoolean,
  checkCount,
  checkDurationMs,
  checkLimit,
  checkMethods,
  readOptions,
} from "../errors/index.ts";
import type { OptionBag } from "../errors/index.ts";
import { processDiag, safeDiag, systemClock } from "../internal/index.ts";
import type { Clock, Diag } from "../internal/index.ts";
import type { Plugin } from "../plugin/index.ts";
import { readRetention, readTypePolicies } from "../policy/index.ts";
import type {
  AdmissionLimits,
  ResolvedTypePolicy,
  Retention,
  RetentionOptions,
  TypePolicy,
} from "../policy/index.ts";

/** Bounds on what one tracker runs and holds. Those on running and waiting govern managed tasks only. */
export interface LimitOptions {
  /** How many managed tasks may run at once (default `Infinity`). */
  readonly maxRunning?: number | undefined;
  /** How many may wait for a slot; further ones are refused (default 10,000). 0 refuses whatever cannot start at once. */
  readonly maxQueued?: number | undefined;
  /**
   * How many tasks may be alive, queued or running and observed ones included, before new managed ones are refused
   * (default `Infinity`).
   */
  readonly maxTracked?: number | undefined;
  /** With so many bodies going on beyond their grace, new managed tasks are refused (default `Infinity`). */
  readonly maxUnresponsive?: number | undefined;
  /** How much waiting, in whole milliseconds, outweighs one level of priority (default 10,000). */
  readonly ageingMs?: number | undefined;
  /** Distinct pairs of type and name; tasks of further names are counted as `__other__` (default 1,000). */
  readonly maxSeries?: number | undefined;
}

/** Options of `createTracker`. All are optional. */
export interface TrackerOptions {
  /** What metric names begin with (default `"taskscope"`). */
  readonly prefix?: string | undefined;
  /** Policies by task type: the defaults of managed tasks. */
  readonly types?: Readonly<Record<string, TypePolicy>> | undefined;
  readonly limits?: LimitOptions | undefined;
  readonly retention?: RetentionOptions | undefined;
  /** Whether tasks find their parents through the async context (default true). Costs; see the performance page. */
  readonly context?: boolean | undefined;
  readonly plugins?: readonly Plugin[] | undefined;
  /**
   * How often, in milliseconds, live tasks are looked through (default 5,000; `Infinity` for never): to announce those
   * that are stuck, and to have those that are older than this watched by the garbage collector, which proves some lost.
   */
  readonly watchMs?: number | undefined;
  /** Where the tracker reports trouble of its own (default: Node's process warnings). */
  readonly diag?: Diag | undefined;
  /** Where the tracker gets its time from (default: the system's clocks). For tests. */
  readonly clock?: Clock | undefined;
}

/** Options of `tracker.configure`. */
export interface ConfigureOptions {
  readonly types?: Readonly<Record<string, TypePolicy>> | undefined;
  readonly limits?: Omit<LimitOptions, "maxSeries"> | undefined;
}

/** Options checked, with every default filled in. */
export interface ResolvedOptions {
  readonly prefix: string;
  readonly policies: Map<string, ResolvedTypePolicy>;
  readonly maxSeries: number;
  readonly limits: AdmissionLimits;
  readonly retention: Retention;
  readonly context: boolean;
  readonly plugins: readonly Plugin[];
  readonly watchMs: number;
  readonly diag: Diag;
  readonly clock: Clock;
}

const allowed = new Set([
  "prefix",
  "types",
  "limits",
  "retention",
  "context",
  "plugins",
  "watchMs",
  "diag",
  "clock",
]);
const admissionKeys = ["maxRunning", "maxQueued", "maxTracked", "maxUnresponsive", "ageingMs"];
const limitsAllowed = new Set(["maxSeries", ...admissionKeys]);

/** The limits of a tracker that was told none. */
const defaultLimits: AdmissionLimits = {
  maxRunning: Number.POSITIVE_INFINITY,
  maxQueued: 10_000,
  maxTracked: Number.POSITIVE_INFINITY,
  maxUnresponsive: Number.POSITIVE_INFINITY,
  ageingMs: 10_000,
};
const PREFIX_PATTERN = /^[a-zA-Z][a-zA-Z0-9_]{0,63}$/;

/** Checks the options of a tracker. Throws an `InvalidOptionError` that names the first bad one. */
export function readTrackerOptions(given: unknown): ResolvedOptions {
  const bag = readOptions("", given, allowed);
  const limits = readOptions("limits", bag["limits"], limitsAllowed);
  return {
    prefix: bag["prefix"] === undefined ? "taskscope" : checkPrefix("prefix", bag["prefix"]),
    policies: readTypePolicies(bag["types"]),
    maxSeries:
      limits["maxSeries"] === undefined ? 1_000 : checkCount("limits.maxSeries", limits["maxSeries"], 1),
    limits: readAdmissionLimits(limits, defaultLimits),
    retention: readRetention(bag["retention"]),
    context: bag["context"] === undefined ? true : checkBoolean("context", bag["context"]),
    plugins: bag["plugins"] === undefined ? [] : checkPlugins(bag["plugins"]),
    watchMs: bag["watchMs"] === undefined ? 5_000 : checkDurationMs("watchMs", bag["watchMs"]),
    diag: safeDiag(
      bag["diag"] === undefined ? processDiag : checkMethods<Diag>("diag", bag["diag"], ["warn"]),
    ),
    clock:
      bag["clock"] === undefined
        ? systemClock
        : checkMethods<Clock>("clock", bag["clock"], ["now", "epochMs", "setTimer"]),
  };
}

/** Reads the limits that may change on a live tracker, over `base`. */
export function readLiveLimits(given: unknown, base: AdmissionLimits): AdmissionLimits {
  return readAdmissionLimits(readOptions("limits", given, new Set(admissionKeys)), base);
}

function readAdmissionLimits(bag: OptionBag, base: AdmissionLimits): AdmissionLimits {
  const { maxRunning, maxQueued, maxTracked, maxUnresponsive, ageingMs } = bag;
  return {
    maxRunning: maxRunning === undefined ? base.maxRunning : checkLimit("limits.maxRunning", maxRunning, 1),
    maxQueued: maxQueued === undefined ? base.maxQueued : checkLimit("limits.maxQueued", maxQueued, 0),
    maxTracked: maxTracked === undefined ? base.maxTracked : checkLimit("limits.maxTracked", maxTracked, 1),
    maxUnresponsive:
      maxUnresponsive === undefined
        ? base.maxUnresponsive
        : checkLimit("limits.maxUnresponsive", maxUnresponsive, 1),
    ageingMs: ageingMs === undefined ? base.ageingMs : checkCount("limits.ageingMs", ageingMs, 1),
  };
}

/** What metric names may begin with. */
export function checkPrefix(option: string, value: unknown): string {
  if (typeof value === "string" && PREFIX_PATTERN.test(value)) return value;
  throw new InvalidOptionError(option, value, "a letter and up to 63 letters, digits and underscores");
}

function checkPlugins(value: unknown): readonly Plugin[] {
  if (Array.isArray(value)) return [...(value as Plugin[])];
  throw new InvalidOptionError("plugins", value, "an array of plugins");
}
