import { trace } from "@opentelemetry/api";
import { AlwaysOffSampler, TracerProvider } from "@opentelemetry/sdk-trace";
import type { SpanProcessor } from "@opentelemetry/sdk-trace";
import { createTracker } from "taskscope";
import type { Tracker } from "taskscope";
import { openTelemetry } from "taskscope/otel";
import { ManualClock } from "taskscope/testing";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { recordSpans, registerContextManager, unregisterAll } from "./span-recorder.ts";

const recorder = recordSpans();

beforeAll(() => {
  registerContextManager();
  trace.setGlobalTracerProvider(recorder.provider);
});
beforeEach(() => recorder.forget());
afterAll(unregisterAll);

function make(options = {}): { tasks: Tracker; clock: ManualClock } {
  const clock = new ManualClock();
  return {
    clock,
    tasks: createTracker({ clock, plugins: [openTelemetry({ pendingAfterMs: 1_000, ...options })] }),
  };
}

test("a task that takes long is in the trace before it ends, once", async () => {
  const { tasks, clock } = make();
  const [long, short] = [tasks.open("long"), tasks.open({ name: "short", type: "network" })];
  long.start();
  await clock.advance(900);
  expect(recorder.spans).toEqual([]);
  short.complete();
  await clock.advance(300);
  const pending = recorder.span("long (pending)");
  expect(pending.attributes).toMatchObject({ "task.pending": true, "task.name": "long", "task.attempt": 1 });
  expect(pending.duration[0]).toBe(1);
  await clock.advance(10_000);
  long.complete();
  const span = recorder.span("long");
  expect(pending.parentSpanContext?.spanId).toBe(span.spanContext().spanId);
  expect(pending.spanContext().traceId).toBe(span.spanContext().traceId);
  expect(recorder.spans.map(({ name }) => name)).toEqual(["short", "long (pending)", "long"]);
});

test("its timer keeps no process alive, rests while nothing runs, and goes with the plugin", async () => {
  const [pending, none] = [make(), make({ pendingAfterMs: Number.POSITIVE_INFINITY })];
  const { clock } = pending;
  const both = [pending, none];
  // The tracker has timers of its own.
  const timers = (): number => clock.pending.total - none.clock.pending.total;
  for (const each of both) each.tasks.open("first").complete();
  expect(timers()).toBe(1);
  expect(clock.pending.keptAlive).toBe(0);
  for (const each of both) await each.clock.advance(250);
  expect(timers()).toBe(0);
  for (const each of both) each.tasks.open("second");
  expect(timers()).toBe(1);
  for (const each of both) await each.clock.advance(2_000);
  expect(recorder.span("second (pending)").attributes["task.attempt"]).toBe(0);
  for (const each of both) each.tasks.open("third");
  expect(timers()).toBe(1);
  for (const each of both) {
    const shutdown = each.tasks.shutdown({ drainMs: 0, graceMs: 0 });
    await each.clock.advance(60_000);
    await shutdown;
  }
  expect(timers()).toBe(0);
});

test("a task whose span nobody keeps has no pending span either", async () => {
  const { provider: tracerProvider, spans } = recordSpans(new AlwaysOffSampler());
  const { tasks, clock } = make({ tracerProvider });
  tasks.open("long");
  await clock.advance(5_000);
  expect(spans).toEqual([]);
  expect(recorder.spans).toEqual([]);
});

test("a task whose body ended the span itself is not pending once it has ended", async () => {
  const { tasks, clock } = make();
  await tasks.run("hasty", () => trace.getActiveSpan()?.end());
  await clock.advance(5_000);
  expect(recorder.spans.map(({ name }) => name)).toEqual(["hasty"]);
});

test("goes to the SDK that has taken the place of another", async () => {
  const { tasks, clock } = make();
  tasks.open("first");
  await clock.advance(900);
  const successor = recordSpans();
  trace.disable();
  trace.setGlobalTracerProvider(successor.provider);
  tasks.open("second");
  await clock.advance(2_000);
  trace.disable();
  trace.setGlobalTracerProvider(recorder.provider);
  expect(successor.spans.map(({ name }) => name)).toContain("second (pending)");
});

test("a processor that throws at it ends no process, and keeps no other task from being pending", async () => {
  const throwing: SpanProcessor = {
    onStart: (span) => {
      if (span.name === "first (pending)") throw new Error("broken processor");
    },
    onEnd: (span) => void ended.push(span.name),
    forceFlush: () => Promise.resolve(),
    shutdown: () => Promise.resolve(),
  };
  const ended: string[] = [];
  const warnings: string[] = [];
  const clock = new ManualClock();
  const tracerProvider = new TracerProvider({ spanProcessors: [throwing] });
  const plugins = [openTelemetry({ pendingAfterMs: 1_000, tracerProvider })];
  const tasks = createTracker({ clock, plugins, diag: { warn: (message) => void warnings.push(message) } });
  for (const name of ["first", "second"]) tasks.open(name);
  await clock.advance(2_000);
  expect(ended).toEqual(["second (pending)"]);
  expect(warnings).toEqual(["openTelemetry() could not make a pending span"]);
});
