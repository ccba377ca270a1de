import { ProxyTracerProvider, SpanKind, SpanStatusCode, trace } from "@opentelemetry/api";
import { AlwaysOffSampler } from "@opentelemetry/sdk-trace";
import { createTracker, currentTask } from "taskscope";
import type { Tracker, TrackerOptions } from "taskscope";
import { openTelemetry } from "taskscope/otel";
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { recordSpans, registerContextManager, unregisterAll } from "./span-recorder.ts";

const recorder = recordSpans();

beforeAll(() => {
  registerContextManager();
  trace.setGlobalTracerProvider(recorder.provider);
});
beforeEach(() => recorder.forget());
afterAll(unregisterAll);

const makeTracker = (options: TrackerOptions = {}): Tracker =>
  createTracker({ plugins: [openTelemetry()], ...options });

describe("the span of a task", () => {
  test("says what the task was, how it waited and how it ended", async () => {
    const tasks = makeTracker();
    const attributes = { "user.tier": "gold", "task.name": "not this one" };
    await tasks.run({ name: "sync", type: "network", attributes }, ({ setAttribute }) =>
      setAttribute("rows", 12),
    );
    const span = recorder.span("sync");
    const id = tasks.list()[0]?.id;
    expect(span.kind).toBe(SpanKind.INTERNAL);
    expect(span.instrumentationScope.name).toBe("taskscope");
    expect(span.status).toEqual({ code: SpanStatusCode.UNSET });
    expect(span.attributes).toEqual({
      "user.tier": "gold",
      rows: 12,
      "task.id": id,
      "task.name": "sync",
      "task.type": "network",
      "task.attempt": 1,
      "task.outcome": "completed",
      "task.queue_wait": expect.any(Number) as number,
      "code.file.path": import.meta.filename,
      "code.line.number": expect.any(Number) as number,
    });
    expect(span.events.map(({ name }) => name)).toEqual(["task.queued", "task.started"]);
  });

  test("keeps what identifies the task, whatever a user's attributes are called", async () => {
    const tasks = makeTracker();
    const reserved = { "task.id": "x", "task.name": "x", "task.type": "x", "task.outcome": "x" };
    await tasks.run({ name: "outer", attributes: { "task.parent.id": "x" } }, async (outer) => {
      await tasks.run({ name: "inner", type: "network", attributes: reserved }, ({ setAttribute }) => {
        for (const key of [...Object.keys(reserved), "task.parent.id"]) setAttribute(key, "y");
      });
      outer.setAttribute("task.parent.id", "y");
    });
    const [outer, inner] = [recorder.span("outer"), recorder.span("inner")];
    expect(outer.attributes["task.parent.id"]).toBe("y");
    expect(inner.attributes).toMatchObject({
      "task.id": tasks.list({ name: "inner" })[0]?.id,
      "task.name": "inner",
      "task.type": "network",
      "task.parent.id": outer.attributes["task.id"],
      "task.outcome": "completed",
    });
  });

  test("gets each attribute once, when it is known", async () => {
    const written: string[] = [];
    await makeTracker().run("work", () => {
      const span = trace.getActiveSpan();
      if (span === undefined) throw new Error("no span is active");
      const setAttribute = span.setAttribute.bind(span);
      span.setAttribute = (key, value) => {
        written.push(key);
        return setAttribute(key, value);
      };
    });
    expect(written).toEqual(["task.attempt", "task.outcome", "task.queue_wait"]);
  });

  test("of an observed call has no queue events and is there for synchronous calls too", () => {
    makeTracker().wrap("parse", () => 1)();
    const span = recorder.span("parse");
    expect(span.events).toEqual([]);
    expect(span.attributes).toMatchObject({ "task.type": "general", "task.queue_wait": 0 });
  });

  test("of a failed task has status ERROR, the exception and error.type", async () => {
    class CardDeclined extends Error {}
    const tasks = makeTracker();
    const error = new CardDeclined("no funds");
    await expect(tasks.run("charge", () => Promise.reject(error))).rejects.toBe(error);
    const span = recorder.span("charge");
    expect(span.status).toEqual({ code: SpanStatusCode.ERROR, message: "no funds" });
    expect(span.attributes).toMatchObject({ "task.outcome": "failed", "error.type": "CardDeclined" });
    expect(span.events.at(-1)).toMatchObject({
      name: "exception",
      attributes: {
        "exception.type": "CardDeclined",
        "exception.message": "no funds",
        "exception.stacktrace": error.stack,
      },
    });
  });

  test("of a timed out task says timeout", async () => {
    await makeTracker()
      .run({ name: "slow", timeoutMs: 1 }, () => new Promise(() => {}))
      .catch(() => {});
    const span = recorder.span("slow");
    expect(span.attributes["error.type"]).toBe("timeout");
    expect(span.events.at(-1)?.attributes?.["exception.type"]).toBe("TaskTimeoutError");
  });

  test("of a cancelled task has status UNSET and says who asked", async () => {
    const task = makeTracker().spawn("stoppable", () => {});
    task.cancel();
    await task.outcome;
    const span = recorder.span("stoppable");
    expect(span.status.code).toBe(SpanStatusCode.UNSET);
    expect(span.attributes).toMatchObject({
      "task.outcome": "cancelled",
      "task.cancelled_by": "request",
      "task.attempt": 0,
    });
    expect(span.events.map(({ name, attributes = {} }) => [name, attributes])).toEqual([
      ["task.queued", {}],
      ["task.cancel_requested", { "task.cancelled_by": "request" }],
    ]);
  });

  const hostile = new Proxy(
    {},
    {
      get: () => {
        throw new Error("do not touch");
      },
      getPrototypeOf: () => {
        throw new Error("do not touch");
      },
    },
  );
  test.each([
    ["a string", "no route", "string", "no route"],
    ["undefined", undefined, "undefined", "undefined"],
    ["null", null, "null", "null"],
    ["a symbol", Symbol("x"), "symbol", "Symbol(x)"],
    ["a plain object", { message: 5, name: "" }, "Object", undefined],
    ["a hostile object", hostile, "object", undefined],
    ["an object without a prototype", Object.create(null), "object", undefined],
  ])(
    "records %s that was thrown, and throws the same to the caller",
    async (_what, thrown, type, message) => {
      // In a box: to resolve a promise with a hostile object would read its `then`.
      const caught = await makeTracker()
        .run("thrower", () => {
          throw thrown;
        })
        .then(
          () => [],
          (error: unknown) => [error],
        );
      expect(caught).toHaveLength(1);
      expect(Object.is(caught[0], thrown)).toBe(true);
      const span = recorder.span("thrower");
      expect(span.status.code).toBe(SpanStatusCode.ERROR);
      expect(span.attributes["error.type"]).toBe("_OTHER");
      expect(span.events.at(-1)?.name).toBe("exception");
      expect(span.events.at(-1)?.attributes?.["exception.type"]).toBe(type);
      expect(span.events.at(-1)?.attributes?.["exception.message"]).toBe(message);
    },
  );
});

describe("trackers of several kinds, nested", () => {
  test("a task without a span leaves the span around it alone", async () => {
    const inner = makeTracker({ plugins: [openTelemetry({ spans: false })] });
    await makeTracker().run("outer", async () => {
      await expect(inner.run("inner", () => Promise.reject(new Error("its own")))).rejects.toThrow("its own");
      await inner.run("inner", () => expect(trace.getActiveSpan()?.isRecording()).toBe(true));
      expect(recorder.spans).toEqual([]);
    });
    expect(recorder.span("outer").attributes["task.outcome"]).toBe("completed");
    expect(recorder.spans).toHaveLength(1);
  });

  test("a task from before there was an SDK leaves the span around it alone when it ends after", async () => {
    const tracerProvider = new ProxyTracerProvider();
    const inner = makeTracker({ plugins: [openTelemetry({ tracerProvider })] });
    await makeTracker().run("outer", async () => {
      let open = (): void => {};
      const gate = new Promise<void>((resolve) => (open = resolve));
      const early = inner.spawn("early", () => gate);
      tracerProvider.setDelegate(recorder.provider);
      await inner.run("late", () => {});
      open();
      await early.result;
      expect(trace.getActiveSpan()?.isRecording()).toBe(true);
    });
    expect(recorder.spans.map(({ name }) => name)).toEqual(["late", "outer"]);
    expect(recorder.span("outer").attributes["task.name"]).toBe("outer");
  });

  test("a tracker that carries no task leaves the task around it current", async () => {
    const inner = makeTracker({ context: false });
    await makeTracker().run("outer", () =>
      inner.run("inner", () => expect(currentTask()?.task.name).toBe("outer")),
    );
    expect(recorder.span("inner").parentSpanContext?.spanId).toBe(
      recorder.span("outer").spanContext().spanId,
    );
  });
});

describe("what need not be paid", () => {
  test("a span that nobody keeps gets no attributes and no events, but its context is passed on", async () => {
    const unsampled = recordSpans(new AlwaysOffSampler());
    const tasks = makeTracker({ plugins: [openTelemetry({ tracerProvider: unsampled.provider })] });
    const inner = unsampled.provider.getTracer("test");
    let traceIds: (string | undefined)[] = [];
    await tasks.run("unsampled", () => {
      const active = trace.getActiveSpan();
      if (active === undefined) throw new Error("no span is active");
      const prototype = Object.getPrototypeOf(active) as typeof active;
      const spies = (["setAttribute", "setAttributes", "addEvent"] as const).map((method) =>
        vi.spyOn(prototype, method),
      );
      inner.startSpan("inside").end();
      tasks.wrap("child", () => {
        traceIds = [active.spanContext().traceId, trace.getActiveSpan()?.spanContext().traceId];
      })();
      for (const spy of spies) {
        expect(spy).not.toHaveBeenCalled();
        spy.mockRestore();
      }
    });
    expect(traceIds[0]).toBe(traceIds[1]);
    expect(unsampled.spans).toEqual([]);
  });

  test("spans: false makes no spans and still carries the task", async () => {
    const tasks = makeTracker({ plugins: [openTelemetry({ spans: false })] });
    await tasks.run("quiet", () => tasks.run("child", () => {}));
    expect(recorder.spans).toEqual([]);
    const [quiet, child] = tasks.list();
    expect(child?.parentId).toBe(quiet?.id);
  });
});
