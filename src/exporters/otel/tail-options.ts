import {
  checkBoolean,
  checkCount,
  checkDurationMs,
  InvalidOptionError,
  readOptions,
} from "../../errors/index.ts";

/** What of the traces of one task type is kept, where it differs. */
export interface TailTypeOptions {
  readonly slowerThanMs?: number | undefined;
  readonly ratio?: number | undefined;
}

/** Options of `tailSampler`. */
export interface TailSamplingOptions {
  /** Whether traces in which a span failed are kept (default true). */
  readonly failed?: boolean | undefined;
  /** Traces in which a span took longer, or that go on for longer, are kept. Default: time does not matter. */
  readonly slowerThanMs?: number | undefined;
  /** The share of all others that is kept, from 0 (default) to 1. Decided by the trace id. */
  readonly ratio?: number | undefined;
  /** The same for spans of tasks of one type (`slowerThanMs`), and for traces that begin with one here (`ratio`). */
  readonly byType?: Readonly<Record<string, TailTypeOptions>> | undefined;
  /** How many spans may wait in all for the end of their traces (default 10,000). */
  readonly maxSpans?: number | undefined;
  /** How many traces may wait (default 1,000). */
  readonly maxTraces?: number | undefined;
}

interface Rule {
  readonly slowerThanMs: number;
  readonly ratio: number;
}

/** Options checked, with every default filled in. */
export interface ResolvedTailOptions extends Rule {
  readonly failed: boolean;
  readonly byType: ReadonlyMap<string, Rule>;
  readonly maxSpans: number;
  readonly maxTraces: number;
}

const known = new Set<string>([
  "failed",
  "slowerThanMs",
  "ratio",
  "byType",
  "maxSpans",
  "maxTraces",
] satisfies (keyof TailSamplingOptions)[]);
const knownOfType = new Set<string>(["slowerThanMs", "ratio"] satisfies (keyof TailTypeOptions)[]);

/** Checks what a user gave as options. */
export function readTailOptions(given: unknown): ResolvedTailOptions {
  const path = "tailSampler";
  const bag = readOptions(path, given, known);
  const rule = readRule(path, bag, { slowerThanMs: Number.POSITIVE_INFINITY, ratio: 0 });
  const { failed, byType, maxSpans, maxTraces } = bag;
  return {
    ...rule,
    failed: failed === undefined || checkBoolean(`${path}.failed`, failed),
    byType: readTypes(`${path}.byType`, byType, rule),
    maxSpans: maxSpans === undefined ? 10_000 : checkCount(`${path}.maxSpans`, maxSpans, 1),
    maxTraces: maxTraces === undefined ? 1_000 : checkCount(`${path}.maxTraces`, maxTraces, 1),
  };
}

function readTypes(path: string, given: unknown, general: Rule): ReadonlyMap<string, Rule> {
  if (given === undefined) return new Map();
  if (typeof given !== "object" || given === null) throw new InvalidOptionError(path, given, "an object");
  return new Map(
    Object.entries(given).map(([type, rule]) => {
      const ofType = `${path}.${type}`;
      return [type, readRule(ofType, readOptions(ofType, rule, knownOfType), general)];
    }),
  );
}

function readRule(
  path: string,
  { slowerThanMs, ratio }: { readonly slowerThanMs?: unknown; readonly ratio?: unknown },
  fallback: Rule,
): Rule {
  return {
    slowerThanMs:
      slowerThanMs === undefined
        ? fallback.slowerThanMs
        : checkDurationMs(`${path}.slowerThanMs`, slowerThanMs),
    ratio: ratio === undefined ? fallback.ratio : checkRatio(`${path}.ratio`, ratio),
  };
}

function checkRatio(option: string, value: unknown): number {
  if (typeof value === "number" && value >= 0 && value <= 1) return value;
  throw new InvalidOptionError(option, value, "a number from 0 to 1");
}
