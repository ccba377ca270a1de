import { context, SpanStatusCode, trace } from "@opentelemetry/api";
import type { ReadableSpan } from "@opentelemetry/sdk-trace";
import { createTracker, fixed } from "taskscope";
import type { Tracker } from "taskscope";
import { openTelemetry } from "taskscope/otel";
import { ManualClock } from "taskscope/testing";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { recordSpans, registerContextManager, unregisterAll } from "./span-recorder.ts";

const recorder = recordSpans();
const tracer = recorder.provider.getTracer("test");

beforeAll(() => {
  registerContextManager();
  trace.setGlobalTracerProvider(recorder.provider);
});
beforeEach(() => recorder.forget());
afterAll(unregisterAll);

function make(): { tasks: Tracker; clock: ManualClock } {
  const clock = new ManualClock();
  return { clock, tasks: createTracker({ clock, plugins: [openTelemetry()] }) };
}

const restart = { maxRestarts: 2, backoff: fixed({ delayMs: 500, jitter: "none" }) };
const idOf = (span: ReadableSpan): string => span.spanContext().spanId;
const parentOf = (span: ReadableSpan): string | undefined => span.parentSpanContext?.spanId;
const named = (name: string): ReadableSpan[] => recorder.spans.filter((span) => span.name === name);

test("each attempt after the first has a span under the task's, with its own failure, active in its body", async () => {
  const { tasks, clock } = make();
  let calls = 0;
  const handle = tracer.startActiveSpan("request", (request) => {
    const spawned = tasks.spawn({ name: "sync", type: "network", restart }, async () => {
      calls += 1;
      await null;
      tracer.startSpan(`query ${calls}`).end();
      if (calls < 3) throw new RangeError(`no ${calls}`);
    });
    request.end();
    return spawned;
  });
  await clock.advance(2_000);
  await handle.outcome;
  const task = recorder.span("sync");
  const [second, third, ...more] = named("sync attempt");
  expect(more).toEqual([]);
  expect(parentOf(task)).toBe(idOf(recorder.span("request")));
  expect([second, third].map((span) => span && parentOf(span))).toEqual([idOf(task), idOf(task)]);
  expect(second?.attributes).toMatchObject({
    "task.id": task.attributes["task.id"],
    "task.name": "sync",
    "task.type": "network",
    "task.attempt": 2,
    "task.outcome": "failed",
    "error.type": "RangeError",
  });
  expect(second?.status).toEqual({ code: SpanStatusCode.ERROR, message: "no 2" });
  expect(second?.events.at(-1)?.attributes?.["exception.message"]).toBe("no 2");
  expect(third?.attributes).toMatchObject({ "task.attempt": 3, "task.outcome": "completed" });
  expect(third?.status.code).toBe(SpanStatusCode.UNSET);
  expect(["query 1", "query 2", "query 3"].map((name) => parentOf(recorder.span(name)))).toEqual(
    [task, second, third].map((span) => span && idOf(span)),
  );
  expect(task.status.code).toBe(SpanStatusCode.UNSET);
  expect(task.events.map(({ name }) => name)).toEqual([
    "task.queued",
    "task.started",
    "task.restart",
    "task.started",
    "task.restart",
    "task.started",
  ]);
});

test("what a later attempt says is on its span, and its children named by their parent hang under it", async () => {
  const { tasks, clock } = make();
  let calls = 0;
  const handle = tasks.spawn({ name: "import", restart }, async ({ progress, addEvent, run }) => {
    calls += 1;
    if (calls === 1) throw new Error("again");
    progress(1);
    addEvent("read");
    await context.with(context.active(), () => run("part", () => {}));
  });
  await clock.advance(1_000);
  await handle.outcome;
  const attempt = recorder.span("import attempt");
  expect(attempt.events.map(({ name }) => name)).toEqual(["task.progress", "read"]);
  expect(parentOf(recorder.span("part"))).toBe(idOf(attempt));
});

test("an attempt that is cancelled, or held by its group, ends its span with that", async () => {
  const { tasks, clock } = make();
  const group = tasks.supervise({ name: "ingest", strategy: "one-for-all" });
  let failures = 0;
  group.add({ name: "reader", restart }, () => {
    failures += 1;
    return new Promise((_, reject) => clock.setTimer(() => reject(new Error(`no ${failures}`)), 1_000, true));
  });
  const writer = group.add(
    { name: "writer", restart },
    ({ signal }) => new Promise((_, reject) => (signal.onabort = () => reject(signal.reason as Error))),
  );
  await clock.advance(3_700);
  expect(writer.attempt).toBe(3);
  const end = group.cancel();
  await clock.advance(10_000);
  await end;
  const outcomes = (name: string): unknown[] =>
    named(`${name} attempt`).map(({ attributes, status }) => [
      attributes["task.attempt"],
      attributes["task.outcome"],
      status.code,
    ]);
  expect(outcomes("writer")).toEqual([
    [2, "cancelled", SpanStatusCode.UNSET],
    [3, "cancelled", SpanStatusCode.UNSET],
  ]);
  expect(outcomes("reader")).toEqual([
    [2, "failed", SpanStatusCode.ERROR],
    [3, "cancelled", SpanStatusCode.UNSET],
  ]);
  expect(recorder.span("writer").events.map(({ name }) => name)).toEqual([
    "task.queued",
    "task.started",
    "task.restart",
    "task.started",
    "task.restart",
    "task.started",
    "task.cancel_requested",
  ]);
});

test("a body that settles after its attempt was over is told on the task's span", async () => {
  const { tasks, clock } = make();
  let calls = 0;
  const handle = tasks.spawn({ name: "slow", timeoutMs: 100, cancelGraceMs: 10, restart }, () => {
    calls += 1;
    return calls > 1
      ? clock.advance(0)
      : new Promise<void>((resolve) => void clock.setTimer(resolve, 150, true));
  });
  await clock.advance(2_000);
  await handle.outcome;
  const late = recorder.span("slow").events.find(({ name }) => name === "task.settled_late");
  expect(late?.attributes).toMatchObject({ "task.attempt": 1, "task.late_by": 0.05 });
});
