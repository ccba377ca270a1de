import { context, trace } from "@opentelemetry/api";
import { createTracker, InvalidOptionError } from "taskscope";
import { openTelemetry } from "taskscope/otel";
import { afterEach, expect, test } from "vitest";
import { recordSpans, registerContextManager, unregisterAll } from "./span-recorder.ts";

afterEach(unregisterAll);

test("without a context manager the tracker's own store finds parents, and spans follow", async () => {
  const recorder = recordSpans();
  const tasks = createTracker({ plugins: [openTelemetry({ tracerProvider: recorder.provider })] });
  await tasks.run("outer", async () => {
    await null;
    await tasks.spawn("inner", () => {}).result;
  });
  const [outer, inner] = [recorder.span("outer"), recorder.span("inner")];
  expect(inner.parentSpanContext?.spanId).toBe(outer.spanContext().spanId);
});

test("without an SDK tasks run as ever, and one that is registered later gets the next tasks", async () => {
  const recorder = recordSpans();
  const tasks = createTracker({ plugins: [openTelemetry()] });
  const work = tasks.wrap("work", () => "done");
  expect(work()).toBe("done");
  await tasks.run("before", async () => {
    registerContextManager();
    trace.setGlobalTracerProvider(recorder.provider);
    await null;
  });
  expect(recorder.spans).toEqual([]);
  work();
  await tasks.run("outer", async () => {
    await null;
    expect(trace.getActiveSpan()).toBeDefined();
    await tasks.spawn("inner", () => trace.getTracer("test").startSpan("query").end()).result;
  });
  const [outer, inner, query] = ["outer", "inner", "query"].map((name) => recorder.span(name));
  expect(inner?.parentSpanContext?.spanId).toBe(outer?.spanContext().spanId);
  expect(query?.parentSpanContext?.spanId).toBe(inner?.spanContext().spanId);
  expect(inner?.attributes["task.parent.id"]).toBe(outer?.attributes["task.id"]);
  expect(recorder.span("work").attributes["task.outcome"]).toBe("completed");
});

test("an SDK that takes the place of another gets the next tasks", () => {
  const [first, second] = [recordSpans(), recordSpans()];
  trace.setGlobalTracerProvider(first.provider);
  const work = createTracker({ plugins: [openTelemetry()] }).wrap("work", () => {});
  work();
  trace.disable();
  work();
  trace.setGlobalTracerProvider(second.provider);
  work();
  expect(first.spans).toHaveLength(1);
  expect(second.spans).toHaveLength(1);
});

test("a plugin that comes after the first task leaves the tracker's store in place and still makes spans active", async () => {
  registerContextManager();
  const recorder = recordSpans();
  const tasks = createTracker();
  await tasks.run("before", () => {});
  const remove = tasks.use(openTelemetry({ tracerProvider: recorder.provider }));
  await tasks.run("outer", async () => {
    await null;
    await tasks.run("inner", () => {});
  });
  expect(recorder.span("inner").parentSpanContext?.spanId).toBe(recorder.span("outer").spanContext().spanId);
  await remove();
  await tasks.run("after", () => expect(trace.getSpan(context.active())).toBeUndefined());
  expect(recorder.spans).toHaveLength(2);
});

test("a bad option is named", () => {
  expect(() => openTelemetry({ span: true } as object)).toThrow(/openTelemetry\.span takes no value/);
  expect(() => openTelemetry({ spans: "yes" as unknown as boolean })).toThrow(
    /openTelemetry\.spans takes true or false/,
  );
  expect(() => openTelemetry({ tracerProvider: {} as never })).toThrow(InvalidOptionError);
});
