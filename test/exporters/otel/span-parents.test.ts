import { context, createContextKey, INVALID_SPAN_CONTEXT, ROOT_CONTEXT, trace } from "@opentelemetry/api";
import type { ReadableSpan } from "@opentelemetry/sdk-trace";
import { createTracker, currentTask } from "taskscope";
import type { Plugin, Tracker, TrackerOptions } from "taskscope";
import { openTelemetry } from "taskscope/otel";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { recordSpans, registerContextManager, unregisterAll } from "./span-recorder.ts";

const recorder = recordSpans();
const tracer = recorder.provider.getTracer("test");

beforeAll(() => {
  registerContextManager();
  trace.setGlobalTracerProvider(recorder.provider);
});
beforeEach(() => recorder.forget());
afterAll(unregisterAll);

const makeTracker = (options: TrackerOptions = {}): Tracker =>
  createTracker({ plugins: [openTelemetry()], ...options });
const parentOf = (span: ReadableSpan): string | undefined => span.parentSpanContext?.spanId;
const idOf = (span: ReadableSpan): string => span.spanContext().spanId;
const traceOf = (span: ReadableSpan): string => span.spanContext().traceId;

describe("where a span hangs", () => {
  test("under the active span, and a task's children under the task, in one trace", async () => {
    const tasks = makeTracker();
    await tracer.startActiveSpan("request", async (request) => {
      await tasks.run("outer", async () => {
        await null;
        await tasks.wrap("inner", async () => {
          await null;
          tracer.startSpan("query").end();
        })();
      });
      request.end();
    });
    const [request, outer, inner, query] = ["request", "outer", "inner", "query"].map((name) =>
      recorder.span(name),
    );
    expect(outer && parentOf(outer)).toBe(request && idOf(request));
    expect(inner && parentOf(inner)).toBe(outer && idOf(outer));
    expect(query && parentOf(query)).toBe(inner && idOf(inner));
    expect(new Set(recorder.spans.map(traceOf)).size).toBe(1);
    expect(inner?.attributes["task.parent.id"]).toBe(outer?.attributes["task.id"]);
  });

  test("a spawned body runs in the context of its spawn, with its own span active", async () => {
    const tasks = makeTracker();
    const key = createContextKey("baggage of the test");
    const seen: unknown[] = [];
    const look = (): void =>
      void seen.push(trace.getActiveSpan()?.spanContext().spanId, context.active().getValue(key));
    const handles = await tracer.startActiveSpan("request", async (request) => {
      const first = context.with(context.active().setValue(key, "first"), () => tasks.spawn("first", look));
      const second = context.with(context.active().setValue(key, "second"), () =>
        tasks.spawn("second", look),
      );
      request.end();
      return [first, second];
    });
    await Promise.all(handles.map(({ result }) => result));
    const [first, second] = [recorder.span("first"), recorder.span("second")];
    expect(seen).toEqual([idOf(first), "first", idOf(second), "second"]);
    expect(parentOf(first)).toBe(idOf(recorder.span("request")));
    expect(parentOf(second)).toBe(idOf(recorder.span("request")));
  });

  test("a body that is started from elsewhere still runs in the context of its spawn", async () => {
    const key = createContextKey("baggage of the test");
    const starter: Plugin = {
      name: "starts-from-elsewhere",
      setup: (plugin) => plugin.aroundAttempt((_task, runBody) => context.with(ROOT_CONTEXT, runBody)),
    };
    for (const spans of [true, false]) {
      const tasks = makeTracker({ plugins: [starter, openTelemetry({ spans })] });
      const spawned = context.with(ROOT_CONTEXT.setValue(key, "kept"), () =>
        tasks.spawn("spawned", () => [context.active().getValue(key), currentTask()?.task.name]),
      );
      expect(await spawned.result).toEqual(["kept", "spawned"]);
    }
  });

  test("what a spawned body starts later still nests under it", async () => {
    const tasks = makeTracker();
    const spawned = tasks.spawn("spawned", async () => {
      await new Promise((resolve) => setImmediate(resolve));
      await tasks.run("late-child", () => {});
    });
    await spawned.result;
    expect(parentOf(recorder.span("late-child"))).toBe(idOf(recorder.span("spawned")));
  });

  test("link: a trace of its own, linked to the active span", async () => {
    const tasks = makeTracker();
    await tracer.startActiveSpan("request", async (request) => {
      await tasks.run({ name: "linked", trace: "link" }, () => tracer.startSpan("inside").end());
      request.end();
    });
    const [request, linked] = [recorder.span("request"), recorder.span("linked")];
    expect(parentOf(linked)).toBeUndefined();
    expect(traceOf(linked)).not.toBe(traceOf(request));
    expect(linked.links.map(({ context: { spanId } }) => spanId)).toEqual([idOf(request)]);
    expect(parentOf(recorder.span("inside"))).toBe(idOf(linked));
  });

  test("link: to nothing where no span is active, or one that says nothing", async () => {
    const tasks = makeTracker();
    await tasks.run({ name: "alone", trace: "link" }, () => {});
    const nothing = trace.setSpan(ROOT_CONTEXT, trace.wrapSpanContext(INVALID_SPAN_CONTEXT));
    await context.with(nothing, () => tasks.run({ name: "under-nothing", trace: "link" }, () => {}));
    expect(recorder.span("alone").links).toEqual([]);
    expect(recorder.span("under-nothing").links).toEqual([]);
  });

  test("root: a trace of its own, linked to nothing", async () => {
    const tasks = makeTracker();
    await tracer.startActiveSpan("request", async (request) => {
      await tasks.run({ name: "alone", trace: "root" }, () => {});
      request.end();
    });
    const alone = recorder.span("alone");
    expect(parentOf(alone)).toBeUndefined();
    expect(alone.links).toEqual([]);
  });

  test("a detached task is linked to where it began", async () => {
    const tasks = makeTracker();
    await tasks.run("starter", () => tasks.spawn({ name: "detached", detached: true }, () => {}).result);
    const detached = recorder.span("detached");
    expect(parentOf(detached)).toBeUndefined();
    expect(detached.links.map(({ context: { spanId } }) => spanId)).toEqual([idOf(recorder.span("starter"))]);
  });

  test("a named parent's span is the parent, whatever span is active", async () => {
    const tasks = makeTracker();
    let open = (): void => {};
    const parent = tasks.spawn("parent", () => new Promise<void>((resolve) => (open = resolve)));
    await tracer.startActiveSpan("elsewhere", async (elsewhere) => {
      await tasks.run({ name: "named", parent }, () => {});
      elsewhere.end();
    });
    open();
    await parent.result;
    expect(parentOf(recorder.span("named"))).toBe(idOf(recorder.span("parent")));
  });

  test("children made through the task's context are its children anywhere", async () => {
    const tasks = makeTracker();
    await tasks.run("parent", async ({ run }) => {
      await context.with(ROOT_CONTEXT, () => run("child", () => {}));
    });
    expect(parentOf(recorder.span("child"))).toBe(idOf(recorder.span("parent")));
  });

  test("tasks of two trackers nest", async () => {
    const [outer, inner] = [makeTracker(), makeTracker()];
    await outer.run("outer", () => inner.run("inner", () => {}));
    expect(parentOf(recorder.span("inner"))).toBe(idOf(recorder.span("outer")));
  });

  test("OpenTelemetry's context carries the task itself, so that leaving it leaves the task", async () => {
    const tasks = makeTracker();
    await tasks.run("task", async () => {
      await null;
      expect(currentTask()?.task.name).toBe("task");
      expect(context.with(ROOT_CONTEXT, () => currentTask())).toBeUndefined();
    });
  });
});
