import type { MeterProvider, TracerProvider } from "@opentelemetry/api";
import { checkBoolean, checkDurationMs, InvalidOptionError, readOptions } from "../../errors/index.ts";
import type { InstrumentSettings } from "./instruments.ts";

/** Options of `openTelemetry`. */
export interface OpenTelemetryOptions {
  /** Where spans go. Default: the provider that is registered globally, now or later. */
  readonly tracerProvider?: TracerProvider | undefined;
  /** Whether tasks get spans. Default true; `configure` changes it. Metrics do not depend on it. */
  readonly spans?: boolean | undefined;
  /**
   * Whether spans say where in the code their task was spawned (`code.function.name`, `code.file.path`,
   * `code.line.number`). Default true. No stack a task: the first three recorded spans of a series look at theirs, and one
   * of a thousand after that. As long as all saw one place, every span of the series gets it; from the first that
   * differs, only those that looked. Runs of `every` get the place where it was called.
   */
  readonly spawnSite?: boolean | undefined;
  /**
   * After how many milliseconds a task that has not ended gets a span `… (pending)` under its own, so that trace stores show
   * it while it runs; at most a quarter of that later. Default: never. Costs a tenth of a microsecond a recorded task.
   */
  readonly pendingAfterMs?: number | undefined;
  /**
   * Hands the metrics to the SDK through instruments of the API: for an SDK that somebody else sets up, whose readers
   * cannot be given a `metricProducer()`. Default false. Use one of the two: both would send every number twice.
   */
  readonly instruments?: boolean | InstrumentOptions | undefined;
}

/** How metrics go through the API's instruments. */
export interface InstrumentOptions {
  /** Where instruments are made. Default: the provider that is registered globally, now or later. */
  readonly meterProvider?: MeterProvider | undefined;
  /**
   * Whether durations and spawn latencies are recorded. Default true. Other than all else, which is read when the SDK
   * collects, they cost a microsecond or two at each task's start and end.
   */
  readonly histograms?: boolean | undefined;
}

/** What `configure` of the plugin changes while trackers run. */
export interface OpenTelemetryChanges {
  /** Whether tasks that are spawned from here on get spans. Those that have one keep it. */
  readonly spans?: boolean | undefined;
  /** Whether collections get metrics. The tracker counts on: turned on again, they are as if never turned off. */
  readonly metrics?: boolean | undefined;
}

const known = new Set<string>([
  "tracerProvider",
  "spans",
  "spawnSite",
  "pendingAfterMs",
  "instruments",
] satisfies (keyof OpenTelemetryOptions)[]);
const knownOfInstruments = new Set<string>([
  "meterProvider",
  "histograms",
] satisfies (keyof InstrumentOptions)[]);
const knownChanges = new Set<string>(["spans", "metrics"] satisfies (keyof OpenTelemetryChanges)[]);

/** Options checked, with every default filled in. */
export interface ResolvedOpenTelemetryOptions {
  readonly tracerProvider: TracerProvider | undefined;
  readonly spans: boolean;
  readonly spawnSite: boolean;
  /** `undefined`: never. */
  readonly pendingAfterMs: number | undefined;
  /** `undefined`: none. */
  readonly instruments: InstrumentSettings | undefined;
}

/** Checks what a user gave as options. */
export function readOpenTelemetryOptions(given: unknown): ResolvedOpenTelemetryOptions {
  const { tracerProvider, spans, spawnSite, pendingAfterMs, instruments } = readOptions(
    "openTelemetry",
    given,
    known,
  );
  if (tracerProvider !== undefined && !hasMethod(tracerProvider, "getTracer")) {
    throw new InvalidOptionError(
      "openTelemetry.tracerProvider",
      tracerProvider,
      "a TracerProvider of OpenTelemetry",
    );
  }
  return {
    tracerProvider: tracerProvider as TracerProvider | undefined,
    spans: spans === undefined || checkBoolean("openTelemetry.spans", spans),
    spawnSite: spawnSite === undefined || checkBoolean("openTelemetry.spawnSite", spawnSite),
    pendingAfterMs:
      pendingAfterMs === undefined
        ? undefined
        : finite(checkDurationMs("openTelemetry.pendingAfterMs", pendingAfterMs)),
    instruments: readInstruments(instruments),
  };
}

/** Checks what a user gave to `configure`. */
export function readChanges(given: unknown): OpenTelemetryChanges {
  const { spans, metrics } = readOptions("openTelemetry.configure", given, knownChanges);
  return {
    spans: spans === undefined ? undefined : checkBoolean("openTelemetry.configure.spans", spans),
    metrics: metrics === undefined ? undefined : checkBoolean("openTelemetry.configure.metrics", metrics),
  };
}

function readInstruments(given: unknown): InstrumentSettings | undefined {
  if (given === undefined || given === false) return undefined;
  const path = "openTelemetry.instruments";
  const { meterProvider, histograms } = readOptions(path, given === true ? {} : given, knownOfInstruments);
  if (meterProvider !== undefined && !hasMethod(meterProvider, "getMeter")) {
    throw new InvalidOptionError(`${path}.meterProvider`, meterProvider, "a MeterProvider of OpenTelemetry");
  }
  return {
    meterProvider: meterProvider as MeterProvider | undefined,
    histograms: histograms === undefined || checkBoolean(`${path}.histograms`, histograms),
  };
}

function finite(ms: number): number | undefined {
  return ms === Number.POSITIVE_INFINITY ? undefined : ms;
}

function hasMethod(value: unknown, name: string): boolean {
  return typeof (value as Record<string, unknown> | null)?.[name] === "function";
}
