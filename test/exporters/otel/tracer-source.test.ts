import { ProxyTracerProvider, trace } from "@opentelemetry/api";
import type { Tracer } from "@opentelemetry/api";
import { createTracker } from "taskscope";
import { openTelemetry } from "taskscope/otel";
import { ManualClock } from "taskscope/testing";
import { afterEach, describe, expect, test } from "vitest";
import { TracerSource } from "../../../src/exporters/otel/tracer-source.ts";
import { anotherApi } from "./another-api.ts";
import { recordSpans, unregisterAll } from "./span-recorder.ts";

afterEach(unregisterAll);

/** After so many calls in vain, so many may pass where the API's provider in hand is not the one that gets the SDK. */
const eagerCalls = 1_000;
const callsAtMost = 16;

/** Asks until there is a tracer. Gives how often it was asked. */
function callsToTracer(source: TracerSource): number {
  for (let calls = 1; calls <= 10 * callsAtMost; calls += 1) if (source.tracer !== undefined) return calls;
  throw new Error("no tracer was found");
}

function sourceAfter(idleCalls: number): TracerSource {
  const source = new TracerSource(undefined, "1.0.0");
  for (let call = 0; call < idleCalls; call += 1) expect(source.tracer).toBeUndefined();
  return source;
}

describe("an SDK that is registered late", () => {
  test.each([0, 1, 15, 16, 17, 1_000, 3_000])(
    "is found by the first call after it, %i calls in",
    (idleCalls) => {
      const source = sourceAfter(idleCalls);
      trace.setGlobalTracerProvider(recordSpans().provider);
      expect(callsToTracer(source)).toBe(1);
    },
  );

  test("gives the very next task a span, and the tasks after it", () => {
    const recorder = recordSpans();
    const work = createTracker({ plugins: [openTelemetry()] }).wrap("work", () => {});
    for (let call = 0; call < eagerCalls; call += 1) work();
    trace.setGlobalTracerProvider(recorder.provider);
    work();
    expect(recorder.spans).toHaveLength(1);
    work();
    expect(recorder.spans).toHaveLength(2);
  });

  test("gives tasks their spans within a second after more calls than that, and keeps no process alive", async () => {
    const recorder = recordSpans();
    const clock = new ManualClock();
    const tasks = createTracker({ clock, plugins: [openTelemetry()] });
    const work = tasks.wrap("work", () => {});
    for (let call = 0; call < 2 * eagerCalls; call += 1) work();
    expect(clock.pending.keptAlive).toBe(0);
    await clock.advance(5_500);
    trace.setGlobalTracerProvider(recorder.provider);
    work();
    await clock.advance(500);
    work();
    work();
    expect(recorder.spans).toHaveLength(2);
  });

  test("is found at once where spans are turned off and on", () => {
    const recorder = recordSpans();
    const otel = openTelemetry();
    const work = createTracker({ clock: new ManualClock(), plugins: [otel] }).wrap("work", () => {});
    for (let call = 0; call < 2 * eagerCalls; call += 1) work();
    trace.setGlobalTracerProvider(recorder.provider);
    otel.configure({ spans: false });
    work();
    otel.configure({ spans: true });
    work();
    expect(recorder.spans).toHaveLength(1);
  });

  test("that fails when it is looked for is left to the tasks, which tell of it", async () => {
    const clock = new ManualClock();
    let getTracer = (): Tracer => {
      throw new Error("not yet");
    };
    const given = new ProxyTracerProvider();
    const tasks = createTracker({ clock, plugins: [openTelemetry({ tracerProvider: given })] });
    const work = tasks.wrap("work", () => {});
    for (let call = 0; call < 2 * eagerCalls; call += 1) work();
    given.setDelegate({ getTracer: () => getTracer() });
    await clock.advance(1_000);
    work();
    const recorder = recordSpans();
    getTracer = () => recorder.provider.getTracer("x");
    work();
    expect(recorder.spans).toHaveLength(1);
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

  describe.each([
    [1, eagerCalls, 1],
    [2, eagerCalls + 1, callsAtMost],
    [3, 3 * eagerCalls, callsAtMost],
  ])("(%i) after %i calls in vain, within %i calls", (_case, idleCalls, atMost) => {
    test("is found through another copy of the API", () => {
      const source = sourceAfter(idleCalls);
      const other = anotherApi();
      expect(other.trace.setGlobalTracerProvider(recordSpans().provider)).toBe(true);
      expect(callsToTracer(source)).toBeLessThanOrEqual(atMost);
      other.trace.disable();
      expect(source.tracer).toBeUndefined();
      trace.setGlobalTracerProvider(recordSpans().provider);
      expect(callsToTracer(source)).toBe(1);
    });

    test("is found though the API was reset", () => {
      const source = sourceAfter(idleCalls);
      trace.disable();
      trace.setGlobalTracerProvider(recordSpans().provider);
      expect(callsToTracer(source)).toBeLessThanOrEqual(atMost);
    });
  });
});

test("a tracker that is shut down does not look for an SDK any more", async () => {
  const clock = new ManualClock();
  const tasks = createTracker({ clock, retention: { maxFinished: 0 }, plugins: [openTelemetry()] });
  const work = tasks.wrap("work", () => {});
  for (let call = 0; call < 2 * eagerCalls; call += 1) work();
  await tasks.shutdown();
  expect(clock.pending.total).toBe(0);
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
