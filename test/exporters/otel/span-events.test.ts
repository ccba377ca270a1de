import { trace } from "@opentelemetry/api";
import { createTracker, fixed } from "taskscope";
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

const makeTracker = (): Tracker => createTracker({ plugins: [openTelemetry()] });

function eventsOf(name: string): unknown[] {
  return recorder.span(name).events.map((event) => [event.name, event.attributes]);
}

test("progress and the user's events are events of the span", async () => {
  await makeTracker().run("import", ({ progress, addEvent }) => {
    progress(3, 10);
    progress(4);
    addEvent("file.read", { path: "a.csv", rows: 12 });
  });
  expect(eventsOf("import").slice(2)).toEqual([
    ["task.progress", { "task.progress.done": 3, "task.progress.total": 10 }],
    ["task.progress", { "task.progress.done": 4 }],
    ["file.read", { path: "a.csv", rows: 12 }],
  ]);
});

test("an open task has a span from its opening to its end, with the events in between", async () => {
  const task = makeTracker().open("upload");
  task.addEvent("accepted");
  task.start();
  task.progress(1);
  task.complete();
  task.addEvent("too late");
  expect(eventsOf("upload")).toEqual([
    ["accepted", {}],
    ["task.progress", { "task.progress.done": 1 }],
  ]);
  expect(recorder.span("upload").attributes).toMatchObject({
    "task.outcome": "completed",
    "task.attempt": 1,
  });
});

test("a run of periodic work is the root of a trace of its own, linked to where the work was asked for", async () => {
  const tasks = makeTracker();
  const seen: unknown[] = [];
  await tasks.run("boot", async () => {
    const bootTrace = trace.getActiveSpan()?.spanContext().traceId;
    await new Promise<void>((resolve) => {
      const periodic = tasks.every({ name: "sweep", intervalMs: 1, immediate: true }, () => {
        periodic.cancel();
        seen.push(trace.getActiveSpan()?.spanContext().traceId === bootTrace);
        resolve();
      });
    });
  });
  expect(seen).toEqual([false]);
  const sweep = recorder.span("sweep");
  expect(sweep.parentSpanContext).toBeUndefined();
  expect(sweep.links.map(({ context: { spanId } }) => spanId)).toEqual([
    recorder.span("boot").spanContext().spanId,
  ]);
});

test("a restart is an event of the span", async () => {
  const clock = new ManualClock();
  const tasks = createTracker({ clock, plugins: [openTelemetry()] });
  let calls = 0;
  const restart = { backoff: fixed({ delayMs: 500, jitter: "none" }) };
  const handle = tasks.spawn({ name: "flaky", restart }, () => {
    calls += 1;
    if (calls === 1) throw new RangeError("no");
  });
  await clock.advance(1_000);
  await handle.outcome;
  expect(eventsOf("flaky")).toContainEqual([
    "task.restart",
    { "task.attempt": 1, "task.restart_in": 0.5, "error.type": "RangeError", "exception.message": "no" },
  ]);
});

test("a body that settles after the end of its task has a span under the task's, with how late it was", async () => {
  const clock = new ManualClock();
  const tasks = createTracker({ clock, plugins: [openTelemetry()] });
  const failure = tasks
    .run(
      { name: "slow", timeoutMs: 5_000 },
      () => new Promise<void>((resolve) => void clock.setTimer(resolve, 7_200, true)),
    )
    .catch((error: unknown) => error);
  await clock.advance(10_000);
  await failure;
  const late = recorder.span("slow settled late");
  expect(late.attributes).toMatchObject({
    "task.name": "slow",
    "task.late_by": 2.2,
    "task.settled": "fulfilled",
  });
  expect(late.parentSpanContext?.spanId).toBe(recorder.span("slow").spanContext().spanId);
});

test("who asked a task to stop, and why, is an event of its span", async () => {
  const tasks = makeTracker();
  await tasks.run("outer", async () => {
    const child = tasks.spawn(
      "listening",
      ({ signal }) => new Promise((_, reject) => (signal.onabort = reject)),
    );
    child.cancel(new Error("not needed"));
    await child.outcome;
  });
  expect(eventsOf("listening")).toContainEqual([
    "task.cancel_requested",
    { "task.cancelled_by": "request", "task.cancel_reason": "not needed" },
  ]);
});

test("a task that says more than its span can hold keeps its first events, its failure and a count of the rest", async () => {
  const talk = makeTracker().run("talkative", ({ progress }) => {
    for (let done = 1; done <= 1_000; done += 1) progress(done);
    throw new RangeError("at last");
  });
  await expect(talk).rejects.toThrow("at last");
  const span = recorder.span("talkative");
  expect(span.droppedEventsCount).toBe(0);
  expect(span.events.map(({ name }) => name)).toEqual([
    "task.queued",
    "task.started",
    ...Array.from({ length: 100 }, () => "task.progress"),
    "exception",
  ]);
  expect(span.attributes["task.events_dropped"]).toBe(900);
});
