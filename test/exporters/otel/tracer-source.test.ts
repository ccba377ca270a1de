import { createRequire } from "node:module";
import { dirname } from "node:path";
import { ProxyTracerProvider, trace } from "@opentelemetry/api";
import { createTracker } from "taskscope";
import { openTelemetry } from "taskscope/otel";
import { afterEach, describe, expect, test } from "vitest";
import { TracerSource } from "../../../src/exporters/otel/tracer-source.ts";
import { recordSpans, unregisterAll } from "./span-recorder.ts";

afterEach(unregisterAll);

/** How many calls may pass where the API's provider in hand is not the one that gets the SDK. */
const callsAtMost = 16;

/** Asks until there is a tracer. Gives how often it was asked. */
function callsToTracer(source: TracerSource): number {
  for (let calls = 1; calls <= 10 * callsAtMost; calls += 1) if (source.tracer !== undefined) return calls;
  throw new Error("no tracer was found");
}

/** Another copy of the API, as a second installed one would be. */
function anotherApi(): typeof import("@opentelemetry/api") {
  const load = createRequire(import.meta.url);
  const folder = dirname(load.resolve("@opentelemetry/api"));
  for (const file of Object.keys(load.cache)) if (file.startsWith(folder)) delete load.cache[file];
  const api = load("@opentelemetry/api") as typeof import("@opentelemetry/api");
  expect(api.trace).not.toBe(trace);
  return api;
}

describe("an SDK that is registered late", () => {
  test.each([0, 1, 15, 16, 17, 1_000])("is found by the first call after it, %i calls in", (idleCalls) => {
    const source = new TracerSource(undefined, "1.0.0");
    for (let call = 0; call < idleCalls; call += 1) expect(source.tracer).toBeUndefined();
    trace.setGlobalTracerProvider(recordSpans().provider);
    expect(callsToTracer(source)).toBe(1);
  });

  test("gives the very next task a span, and the tasks after it", () => {
    const recorder = recordSpans();
    const work = createTracker({ plugins: [openTelemetry()] }).wrap("work", () => {});
    for (let call = 0; call < 100; call += 1) work();
    trace.setGlobalTracerProvider(recorder.provider);
    work();
    expect(recorder.spans).toHaveLength(1);
    work();
    expect(recorder.spans).toHaveLength(2);
  });

  test("is lost, and found again, at the next call", () => {
    const source = new TracerSource(undefined, "1.0.0");
    for (let round = 0; round < 3; round += 1) {
      trace.setGlobalTracerProvider(recordSpans().provider);
      expect(callsToTracer(source)).toBe(1);
      trace.disable();
      expect(source.tracer).toBeUndefined();
    }
  });

  test(`through another copy of the API is found within ${callsAtMost} calls`, () => {
    const source = new TracerSource(undefined, "1.0.0");
    expect(source.tracer).toBeUndefined();
    const other = anotherApi();
    expect(other.trace.setGlobalTracerProvider(recordSpans().provider)).toBe(true);
    expect(callsToTracer(source)).toBeLessThanOrEqual(callsAtMost);
    other.trace.disable();
    expect(source.tracer).toBeUndefined();
  });

  test(`after the API was reset without one is found within ${callsAtMost} calls`, () => {
    const source = new TracerSource(undefined, "1.0.0");
    expect(source.tracer).toBeUndefined();
    trace.disable();
    trace.setGlobalTracerProvider(recordSpans().provider);
    expect(callsToTracer(source)).toBeLessThanOrEqual(callsAtMost);
  });
});

test("a provider that was given may be one that gets its SDK later", () => {
  const given = new ProxyTracerProvider();
  const source = new TracerSource(given, "1.0.0");
  for (let call = 0; call < 5; call += 1) expect(source.tracer).toBeUndefined();
  given.setDelegate(recordSpans().provider);
  expect(callsToTracer(source)).toBe(1);
});

test("a provider that fails is asked again", () => {
  let fails = true;
  const { provider } = recordSpans();
  const source = new TracerSource(
    {
      getTracer(name) {
        if (fails) throw new Error("not yet");
        return provider.getTracer(name);
      },
    },
    "1.0.0",
  );
  expect(() => source.tracer).toThrow("not yet");
  fails = false;
  expect(source.tracer).toBeDefined();
});
