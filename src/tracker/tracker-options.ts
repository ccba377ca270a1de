import { InvalidOptionError, checkBoolean, checkCount, readOptions } from "../errors/index.ts";
import { processDiag, safeDiag, systemClock } from "../internal/index.ts";
import type { Clock, Diag } from "../internal/index.ts";
import type { Plugin } from "../plugin/index.ts";
import { readRetention, readTypePolicies } from "../policy/index.ts";
import type { ResolvedPolicy, Retention, RetentionOptions, TypePolicy } from "../policy/index.ts";

/** Bounds on what one tracker holds. */
export interface LimitOptions {
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
  /** Where the tracker reports trouble of its own (default: Node's process warnings). */
  readonly diag?: Diag | undefined;
  /** Where the tracker gets its time from (default: the system's clocks). For tests. */
  readonly clock?: Clock | undefined;
}

/** Options checked, with every default filled in. */
export interface ResolvedOptions {
  readonly prefix: string;
  readonly policies: ReadonlyMap<string, ResolvedPolicy>;
  readonly maxSeries: number;
  readonly retention: Retention;
  readonly context: boolean;
  readonly plugins: readonly Plugin[];
  readonly diag: Diag;
  readonly clock: Clock;
}

const allowed = new Set(["prefix", "types", "limits", "retention", "context", "plugins", "diag", "clock"]);
const limitsAllowed = new Set(["maxSeries"]);
const PREFIX_PATTERN = /^[a-zA-Z][a-zA-Z0-9_]{0,63}$/;

/** Checks the options of a tracker. Throws an `InvalidOptionError` that names the first bad one. */
export function readTrackerOptions(given: unknown): ResolvedOptions {
  const bag = readOptions("", given, allowed);
  const limits = readOptions("limits", bag["limits"], limitsAllowed);
  return {
    prefix: bag["prefix"] === undefined ? "taskscope" : checkPrefix(bag["prefix"]),
    policies: readTypePolicies(bag["types"]),
    maxSeries:
      limits["maxSeries"] === undefined ? 1_000 : checkCount("limits.maxSeries", limits["maxSeries"], 1),
    retention: readRetention(bag["retention"]),
    context: bag["context"] === undefined ? true : checkBoolean("context", bag["context"]),
    plugins: bag["plugins"] === undefined ? [] : checkPlugins(bag["plugins"]),
    diag: safeDiag(
      bag["diag"] === undefined ? processDiag : checkMethods<Diag>("diag", bag["diag"], ["warn"]),
    ),
    clock:
      bag["clock"] === undefined
        ? systemClock
        : checkMethods<Clock>("clock", bag["clock"], ["now", "epochMs", "setTimer"]),
  };
}

function checkPrefix(value: unknown): string {
  if (typeof value === "string" && PREFIX_PATTERN.test(value)) return value;
  throw new InvalidOptionError("prefix", value, "a letter and up to 63 letters, digits and underscores");
}

function checkPlugins(value: unknown): readonly Plugin[] {
  if (Array.isArray(value)) return [...(value as Plugin[])];
  throw new InvalidOptionError("plugins", value, "an array of plugins");
}

function checkMethods<T extends object>(
  option: string,
  value: unknown,
  methods: readonly (keyof T & string)[],
): T {
  const isWhole =
    typeof value === "object" &&
    value !== null &&
    methods.every((method) => typeof (value as T)[method] === "function");
  if (isWhole) return value as T;
  throw new InvalidOptionError(option, value, `an object with ${methods.join(", ")}`);
}
