import type { TracerProvider } from "@opentelemetry/api";
import { checkBoolean, InvalidOptionError, readOptions } from "../../errors/index.ts";

/** Options of `openTelemetry`. */
export interface OpenTelemetryOptions {
  /** Where spans go. Default: the provider that is registered globally, now or later. */
  readonly tracerProvider?: TracerProvider | undefined;
  /** Whether tasks get spans. Default true. Metrics do not depend on it. */
  readonly spans?: boolean | undefined;
}

const known = new Set<string>(["tracerProvider", "spans"] satisfies (keyof OpenTelemetryOptions)[]);

/** Options checked, with every default filled in. */
export interface ResolvedOpenTelemetryOptions {
  readonly tracerProvider: TracerProvider | undefined;
  readonly spans: boolean;
}

/** Checks what a user gave as options. */
export function readOpenTelemetryOptions(given: unknown): ResolvedOpenTelemetryOptions {
  const { tracerProvider, spans } = readOptions("openTelemetry", given, known);
  if (tracerProvider !== undefined && !isTracerProvider(tracerProvider)) {
    throw new InvalidOptionError(
      "openTelemetry.tracerProvider",
      tracerProvider,
      "a TracerProvider of OpenTelemetry",
    );
  }
  return { tracerProvider, spans: spans === undefined || checkBoolean("openTelemetry.spans", spans) };
}

function isTracerProvider(value: unknown): value is TracerProvider {
  if (typeof value !== "object" || value === null) return false;
  return typeof (value as Partial<TracerProvider>).getTracer === "function";
}
