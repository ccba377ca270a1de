import { trace } from "@opentelemetry/api";
import { createTracker } from "taskscope";
import { openTelemetry } from "taskscope/otel";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { recordSpans, registerContextManager, unregisterAll } from "./span-recorder.ts";

const recorder = recordSpans();

beforeAll(() => {
  registerContextManager();
  trace.setGlobalTracerProvider(recorder.provider);
});
beforeEach(() => recorder.forget());
afterAll(unregisterAll);

const namesOf = (): string[] => recorder.spans.map(({ name }) => name);

describe("spans, on a live tracker", () => {
  test("are turned off and on from the next task on; who has one keeps it", async () => {
    const otel = openTelemetry();
    const tasks = createTracker({ plugins: [otel] });
    const early = tasks.open("early");
    otel.configure({ spans: false });
    await tasks.run("unseen", () => {});
    early.complete();
    otel.configure({ spans: true });
    await tasks.run("late", () => {});
    expect(namesOf()).toEqual(["early", "late"]);
  });

  test("may start off, for trackers with and without a context to carry", async () => {
    const otel = openTelemetry({ spans: false });
    const [tasks, bare] = [true, false].map((context) => createTracker({ context, plugins: [otel] }));
    await tasks?.run("before", () => {});
    await bare?.run("before", () => {});
    otel.configure({ spans: true });
    await tasks?.run("with", () => {});
    await bare?.run("without", () => {});
    expect(namesOf()).toEqual(["with", "without"]);
  });
});

test("metrics are turned off and on, and are then as if they had never been off", async () => {
  const otel = openTelemetry();
  const tasks = createTracker({ plugins: [otel] });
  const [cumulative, delta] = [otel.metricProducer(), otel.metricProducer({ temporality: "delta" })];
  const spawned = async (producer: typeof delta): Promise<unknown> => {
    const { resourceMetrics, errors } = await producer.collect();
    expect(errors).toEqual([]);
    const metrics = resourceMetrics.scopeMetrics.flatMap((scope) => scope.metrics);
    return metrics.find(({ descriptor }) => descriptor.name.endsWith("spawned"))?.dataPoints[0]?.value;
  };
  const work = tasks.wrap({ name: "work" }, () => {});
  work();
  expect([await spawned(cumulative), await spawned(delta)]).toEqual([1, 1]);
  otel.configure({ metrics: false });
  work();
  expect([await spawned(cumulative), await spawned(delta)]).toEqual([undefined, undefined]);
  otel.configure({ metrics: true });
  work();
  expect([await spawned(cumulative), await spawned(delta)]).toEqual([3, 2]);
});

test.each([
  [{ spans: 1 }, "openTelemetry.configure.spans"],
  [{ metrics: "off" }, "openTelemetry.configure.metrics"],
  [{ span: true }, "openTelemetry.configure.span"],
])("refuses %o", (changes, option) => {
  expect(() => openTelemetry().configure(changes as object)).toThrow(
    expect.objectContaining({ code: "TASKSCOPE_INVALID_OPTION", option }),
  );
});

test.each([
  [{ pendingAfterMs: 0 }, "openTelemetry.pendingAfterMs"],
  [{ spawnSite: "yes" }, "openTelemetry.spawnSite"],
  [{ instruments: { histogram: false } }, "openTelemetry.instruments.histogram"],
  [{ instruments: { meterProvider: {} } }, "openTelemetry.instruments.meterProvider"],
])("refuses %o when it is made", (options, option) => {
  expect(() => openTelemetry(options as object)).toThrow(
    expect.objectContaining({ code: "TASKSCOPE_INVALID_OPTION", option }),
  );
});
