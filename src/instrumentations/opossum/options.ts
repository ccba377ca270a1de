import { InvalidOptionError, checkBoolean, checkCount, readOptions } from "../../errors/index.ts";
import type { OptionBag } from "../../errors/index.ts";

/** Options of `circuitBreakers`. */
export interface CircuitBreakersOptions {
  /** How many breakers are shown by their name, from 1 to 300; further ones as `__other__` together (default 100). */
  readonly maxNames?: number | undefined;
}

/** Which managed tasks belong to a breaker: those of one of the types, with one of the names. */
export interface TaskSelection {
  readonly taskType?: string | readonly string[] | undefined;
  readonly taskName?: string | readonly string[] | undefined;
}

/** Options of `watch`. Without a selection the breaker is shown and refuses no task. */
export interface WatchOptions extends TaskSelection {
  /** The `breaker` label: 1 to 128 characters (default: the breaker's own name). */
  readonly name?: string | undefined;
}

/** Options of `protect`: a selection of tasks, and options of opossum in its words and with its defaults. */
export interface ProtectOptions extends TaskSelection {
  /** The `breaker` label: 1 to 128 characters. */
  readonly name: string;
  /** Milliseconds from opening to the trial (default 30,000). */
  readonly resetTimeout?: number | undefined;
  /** It opens when more than this share of the window's tasks failed, in percent (default 50). */
  readonly errorThresholdPercentage?: number | undefined;
  /** How many tasks the window must hold before it can open (default 0: the first failure can open it). */
  readonly volumeThreshold?: number | undefined;
  /** The length of the window in milliseconds (default 10,000), and into how many buckets it is cut (default 10). */
  readonly rollingCountTimeout?: number | undefined;
  readonly rollingCountBuckets?: number | undefined;
  /** Whether it stays closed for the length of the first window (default false). */
  readonly allowWarmUp?: boolean | undefined;
  /** Gives true for errors that say nothing against what is protected; they count as success. */
  readonly errorFilter?: ((error: unknown) => boolean) | undefined;
}

/** Types and names of tasks; `undefined` for any. */
export interface Selection {
  readonly types: readonly string[] | undefined;
  readonly names: readonly string[] | undefined;
}

const MAX_NAME_LENGTH = 128;
/** The longest delay of a timer. */
const MAX_TIMER_MS = 2 ** 31 - 1;
const selectionKeys = ["taskType", "taskName"] as const satisfies readonly (keyof TaskSelection)[];
const pluginKeys = new Set<string>(["maxNames"] satisfies (keyof CircuitBreakersOptions)[]);
const watchKeys = new Set<string>(["name", ...selectionKeys] satisfies (keyof WatchOptions)[]);
const checks: Readonly<Record<string, (option: string, value: unknown) => unknown>> = {
  resetTimeout: checkTimerMs,
  errorThresholdPercentage: checkPercentage,
  volumeThreshold: (option, value) => checkCount(option, value, 0),
  rollingCountTimeout: checkTimerMs,
  rollingCountBuckets: (option, value) => checkCount(option, value, 1),
  allowWarmUp: checkBoolean,
};
const protectKeys = new Set<string>(["name", "errorFilter", ...selectionKeys, ...Object.keys(checks)]);
/** What opossum calls a breaker that has no name. */
const RANDOM_NAME = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

export function readMaxNames(given: unknown): number {
  const { maxNames } = readOptions("circuitBreakers", given, pluginKeys);
  const count = maxNames === undefined ? 100 : checkCount("circuitBreakers.maxNames", maxNames, 1);
  if (count <= 300) return count;
  throw new InvalidOptionError("circuitBreakers.maxNames", maxNames, "a whole number from 1 to 300");
}

export function readWatchOptions(given: unknown, ownName: unknown): { name: string } & Selection {
  const bag = readOptions("watch", given, watchKeys);
  const name = bag["name"] ?? ownName;
  if (bag["name"] === undefined && typeof name === "string" && RANDOM_NAME.test(name)) {
    throw new InvalidOptionError("watch.name", undefined, "a name, as the breaker has none of its own");
  }
  return { name: checkName("watch.name", name), ...readSelection("watch", bag) };
}

/** What `protect` was given; `settings` are opossum's. */
export function readProtectOptions(given: unknown): Selection & {
  name: string;
  isHarmless: (error: unknown) => unknown;
  settings: Record<string, unknown>;
} {
  const bag = readOptions("protect", given, protectKeys);
  const { errorFilter } = bag;
  if (errorFilter !== undefined && typeof errorFilter !== "function") {
    throw new InvalidOptionError("protect.errorFilter", errorFilter, "a function of an error");
  }
  const selection = readSelection("protect", bag);
  if (selection.types === undefined && selection.names === undefined) {
    throw new InvalidOptionError(
      "protect.taskType",
      undefined,
      "the type of the tasks, or taskName their name",
    );
  }
  const settings: Record<string, unknown> = {};
  for (const [key, check] of Object.entries(checks)) {
    if (bag[key] !== undefined) settings[key] = check(`protect.${key}`, bag[key]);
  }
  return {
    name: checkName("protect.name", bag["name"]),
    ...selection,
    isHarmless: (errorFilter as ((error: unknown) => unknown) | undefined) ?? (() => false),
    settings,
  };
}

function readSelection(path: string, bag: OptionBag): Selection {
  return {
    types: readWords(`${path}.taskType`, bag["taskType"]),
    names: readWords(`${path}.taskName`, bag["taskName"]),
  };
}

function readWords(option: string, given: unknown): readonly string[] | undefined {
  if (given === undefined) return undefined;
  const words: readonly unknown[] = Array.isArray(given) ? given : [given];
  if (words.length > 0 && words.every((word) => typeof word === "string")) return [...new Set(words)];
  throw new InvalidOptionError(option, given, "a string, or an array of strings that is not empty");
}

function checkName(option: string, value: unknown): string {
  const isFit =
    typeof value === "string" &&
    value.length > 0 &&
    value.length <= MAX_NAME_LENGTH &&
    !/[\p{Cc}\p{Cs}]/u.test(value);
  if (isFit) return value;
  throw new InvalidOptionError(
    option,
    value,
    `1 to ${MAX_NAME_LENGTH} characters, none of them a control character`,
  );
}

function checkTimerMs(option: string, value: unknown): number {
  if (typeof value === "number" && value >= 1 && value <= MAX_TIMER_MS) return value;
  throw new InvalidOptionError(option, value, `a number of milliseconds from 1 to ${MAX_TIMER_MS}`);
}

function checkPercentage(option: string, value: unknown): number {
  if (typeof value === "number" && value >= 0 && value <= 100) return value;
  throw new InvalidOptionError(option, value, "a number from 0 to 100");
}
