import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import {
  context,
  createContextKey,
  defaultTextMapSetter,
  propagation,
  ROOT_CONTEXT,
  trace,
} from "@opentelemetry/api";
import type { Context, ContextManager, Span } from "@opentelemetry/api";
import {
  isTracingSuppressed,
  suppressTracing,
  unsuppressTracing,
  W3CBaggagePropagator,
  W3CTraceContextPropagator,
} from "@opentelemetry/core";
import fc from "fast-check";
import { createTracker, currentTask } from "taskscope";
import { openTelemetry } from "taskscope/otel";
import { afterEach, describe, expect, test } from "vitest";
import { CarriedContext, enclose, enclosePlainly } from "../../../src/exporters/otel/carried-context.ts";
import { spanKey, taskKey } from "../../../src/exporters/otel/context-keys.ts";
import type { HookTask } from "../../../src/plugin/index.ts";
import { anotherApi } from "./another-api.ts";
import { recordSpans, registerContextManager, unregisterAll } from "./span-recorder.ts";

afterEach(unregisterAll);

const task = (id: number): HookTask => ({ id }) as HookTask;
const span = (digit: number): Span =>
  trace.wrapSpanContext({
    traceId: String(digit).repeat(32),
    spanId: String(digit).repeat(16),
    traceFlags: 1,
  });
const userKey = createContextKey("of a user");

describe("a context that carries a task", () => {
  const keys = [spanKey ?? Symbol("no span key"), taskKey, userKey, createContextKey("of another user")];
  const step = fc.oneof(
    fc.record({ do: fc.constant("enclose" as const), span: fc.boolean(), task: fc.boolean() }),
    fc.record({
      do: fc.constant("set" as const),
      key: fc.constantFrom(...keys),
      value: fc.constantFrom<unknown>(undefined, null, 0, "", false, span(9), task(9)),
    }),
    fc.record({ do: fc.constant("delete" as const), key: fc.constantFrom(...keys) }),
  );

  test("shows what a context of the API's own shows, whatever is made from it", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 12 }), (steps) => {
        const start = trace.setSpan(ROOT_CONTEXT, span(8)).setValue(taskKey, task(8));
        let [carried, plain]: [Context, Context] = [start, start];
        for (const [index, next] of steps.entries()) {
          const before = { carried, shown: keys.map((key) => carried.getValue(key)) };
          if (next.do === "enclose") {
            const given = [
              next.span ? span(index % 9) : undefined,
              next.task ? task(index) : undefined,
            ] as const;
            [carried, plain] = [enclose(carried, ...given), enclosePlainly(plain, ...given)];
          } else if (next.do === "set") {
            [carried, plain] = [carried.setValue(next.key, next.value), plain.setValue(next.key, next.value)];
          } else [carried, plain] = [carried.deleteValue(next.key), plain.deleteValue(next.key)];
          for (const key of keys) expect(carried.getValue(key)).toBe(plain.getValue(key));
          // What was there before is as it was.
          expect(keys.map((key) => before.carried.getValue(key))).toEqual(before.shown);
        }
      }),
      { numRuns: 500 },
    );
  });

  test("is used where the API is the one we know", () => {
    expect(spanKey).toBeTypeOf("symbol");
    expect(enclose(ROOT_CONTEXT, span(1), task(1))).toBeInstanceOf(CarriedContext);
  });

  test("serves the API's and the SDK's helpers", () => {
    const carried = enclose(ROOT_CONTEXT.setValue(userKey, "kept"), span(1), task(1));
    expect(trace.getSpan(carried)).toBe(carried.getValue(spanKey ?? userKey));
    expect(trace.getSpanContext(carried)?.spanId).toBe("1".repeat(16));
    expect(trace.getSpan(trace.setSpan(carried, span(2)))?.spanContext().spanId).toBe("2".repeat(16));
    expect(trace.setSpan(carried, span(2)).getValue(taskKey)).toBe(carried.getValue(taskKey));
    const without = trace.deleteSpan(carried);
    expect(trace.getSpan(without)).toBeUndefined();
    expect([without.getValue(taskKey), without.getValue(userKey)]).toEqual([task(1), "kept"]);
    expect(isTracingSuppressed(carried)).toBe(false);
    expect(isTracingSuppressed(suppressTracing(carried))).toBe(true);
    expect(trace.getSpan(suppressTracing(carried))).toBe(trace.getSpan(carried));
    expect(isTracingSuppressed(unsuppressTracing(suppressTracing(carried)))).toBe(false);
    expect(isTracingSuppressed(enclose(suppressTracing(ROOT_CONTEXT), span(1), task(1)))).toBe(true);
  });

  test("propagates its trace and its baggage", () => {
    const baggage = propagation.createBaggage({ tier: { value: "gold" } });
    const carried = propagation.setBaggage(enclose(ROOT_CONTEXT, span(1), task(1)), baggage);
    const headers: Record<string, string> = {};
    for (const propagator of [new W3CTraceContextPropagator(), new W3CBaggagePropagator()])
      propagator.inject(carried, headers, defaultTextMapSetter);
    expect(headers).toEqual({
      traceparent: `00-${"1".repeat(32)}-${"1".repeat(16)}-01`,
      baggage: "tier=gold",
    });
    expect(propagation.getBaggage(propagation.deleteBaggage(carried))).toBeUndefined();
  });

  test("in it a span and a task of somebody else's are those of the base", () => {
    const base = enclose(ROOT_CONTEXT, span(1), task(1));
    const [spanOnly, taskOnly] = [enclose(base, span(2), undefined), enclose(base, undefined, task(2))];
    expect([spanOnly.getValue(taskKey), trace.getSpan(spanOnly)?.spanContext().spanId]).toEqual([
      task(1),
      "2".repeat(16),
    ]);
    expect([taskOnly.getValue(taskKey), trace.getSpan(taskOnly)?.spanContext().spanId]).toEqual([
      task(2),
      "1".repeat(16),
    ]);
  });

  test("is used over contexts of another copy of the API", () => {
    const { ROOT_CONTEXT: otherRoot, trace: otherTrace } = anotherApi();
    expect(otherRoot).not.toBeInstanceOf(ROOT_CONTEXT.constructor);
    const enclosed = enclose(otherRoot.setValue(userKey, "kept"), span(1), task(1));
    expect(enclosed).toBeInstanceOf(CarriedContext);
    expect(enclosed.getValue(userKey)).toBe("kept");
    expect(otherTrace.getSpanContext(enclosed)?.spanId).toBe("1".repeat(16));
  });

  test("a context of unknown make is asked by the API's own means", () => {
    class Foreign implements Context {
      readonly values: ReadonlyMap<symbol, unknown>;
      constructor(values: ReadonlyMap<symbol, unknown>) {
        this.values = values;
      }
      getValue = (key: symbol): unknown => this.values.get(key);
      setValue = (key: symbol, value: unknown): Context =>
        new Foreign(new Map([...this.values, [key, value]]));
      deleteValue = (key: symbol): Context =>
        new Foreign(new Map([...this.values].filter(([other]) => other !== key)));
    }
    const enclosed = enclose(new Foreign(new Map([[userKey, 1]])), span(1), task(1));
    expect(enclosed).toBeInstanceOf(Foreign);
    expect([enclosed.getValue(taskKey), enclosed.getValue(userKey)]).toEqual([task(1), 1]);
    expect(trace.getSpanContext(enclosed)?.spanId).toBe("1".repeat(16));
  });
});

describe("chains of 100,000 tasks", () => {
  const links = 100_000;
  // Links that held each other would hold some ten times as much.
  const mostBytes = 2_000_000;
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  const heapBytes = (): number => {
    collect();
    return process.memoryUsage().heapUsed;
  };

  test("hold one context, with users' values in between or not", () => {
    for (const between of [false, true]) {
      const beforeBytes = heapBytes();
      let last: Context = ROOT_CONTEXT.setValue(userKey, "first");
      for (let link = 0; link < links; link += 1) {
        last = enclose(
          last,
          link % 3 === 0 ? undefined : span(link % 9),
          link % 2 === 0 ? task(link) : undefined,
        );
        if (between && link % 5 === 0) last = trace.setSpan(last.setValue(userKey, link), span(link % 9));
      }
      expect(heapBytes() - beforeBytes).toBeLessThan(mostBytes);
      expect(last.getValue(userKey)).toBe(between ? links - 5 : "first");
    }
  });

  test.each([{ spans: true }, { spans: false }])(
    "do not pile up when each task starts the next ($spans)",
    async ({ spans }) => {
      registerContextManager();
      const { provider } = recordSpans({
        shouldSample: () => ({ decision: 0 }),
        toString: () => "never",
      });
      const tasks = createTracker({ plugins: [openTelemetry({ spans, tracerProvider: provider })] });
      const next = tasks.wrap("link", async (left: number): Promise<void> => {
        await null;
        if (left > 0) void next(left - 1);
        else done();
      });
      let done = (): void => {};
      const run = (count: number): Promise<void> =>
        new Promise((resolve) => {
          done = resolve;
          void next(count);
        });
      await run(2_000);
      const beforeBytes = heapBytes();
      await run(links);
      await new Promise((resolve) => setImmediate(resolve));
      expect(heapBytes() - beforeBytes).toBeLessThan(mostBytes);
      expect(tasks.stats().total.running).toBe(0);
    },
  );
});

test("a context manager of another kind carries it as well", () => {
  let active = ROOT_CONTEXT;
  const synchronous: ContextManager = {
    active: () => active,
    with(given, fn, thisArg, ...args) {
      const before = active;
      active = given;
      try {
        return Reflect.apply(fn, thisArg, args) as ReturnType<typeof fn>;
      } finally {
        active = before;
      }
    },
    bind: (_context, target) => target,
    enable: () => synchronous,
    disable: () => synchronous,
  };
  context.setGlobalContextManager(synchronous);
  const recorder = recordSpans();
  const tasks = createTracker({ plugins: [openTelemetry({ tracerProvider: recorder.provider })] });
  const seen = tasks.wrap("outer", () => [
    currentTask()?.task.name,
    trace.getActiveSpan()?.isRecording(),
    tasks.wrap("inner", () => currentTask()?.task.name)(),
  ])();
  expect(seen).toEqual(["outer", true, "inner"]);
  const [inner, outer] = [recorder.span("inner"), recorder.span("outer")];
  expect(inner.parentSpanContext?.spanId).toBe(outer.spanContext().spanId);
});
