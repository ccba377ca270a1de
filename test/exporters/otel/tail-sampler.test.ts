import { context, ROOT_CONTEXT, SpanStatusCode, trace, TraceFlags } from "@opentelemetry/api";
import { TracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from "@opentelemetry/sdk-trace";
import type { Sampler, SpanProcessor } from "@opentelemetry/sdk-trace";
import { createTracker } from "taskscope";
import type { Tracker } from "taskscope";
import { openTelemetry, tailSampler } from "taskscope/otel";
import type { TailSampler, TailSamplingOptions } from "taskscope/otel";
import { ManualClock } from "taskscope/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { registerContextManager, unregisterAll } from "./span-recorder.ts";

beforeAll(registerContextManager);
afterAll(unregisterAll);

interface Sampled {
  readonly tasks: Tracker;
  readonly sampler: TailSampler;
  readonly provider: TracerProvider;
  readonly tracer: ReturnType<TracerProvider["getTracer"]>;
  readonly names: () => string[];
}

function make(
  options: TailSamplingOptions,
  settings: { clock?: ManualClock; sampler?: Sampler } = {},
): Sampled {
  const exporter = new InMemorySpanExporter();
  const sampler = tailSampler(new SimpleSpanProcessor({ exporter }), options);
  // The type test: what it gives is a processor of the SDK, without a cast.
  const spanProcessors: SpanProcessor[] = [sampler];
  const provider = new TracerProvider({
    spanProcessors,
    ...(settings.sampler === undefined ? {} : { sampler: settings.sampler }),
  });
  const tasks = createTracker({
    ...(settings.clock === undefined ? {} : { clock: settings.clock }),
    plugins: [openTelemetry({ tracerProvider: provider, pendingAfterMs: 1_000 })],
  });
  return {
    tasks,
    sampler,
    provider,
    tracer: provider.getTracer("test"),
    names: () => exporter.getFinishedSpans().map(({ name }) => name),
  };
}

const START = 1_700_000_000_000;

describe("which traces are kept", () => {
  test("those in which a task failed, whole; the others are not", async () => {
    const { tasks, sampler, names } = make({});
    await tasks.run("good", () => tasks.run("child", () => {}));
    await tasks.run("bad", async () => {
      await tasks.run("before", () => {});
      await tasks.run("culprit", () => Promise.reject(new Error("no"))).catch(() => {});
      await tasks.run("after", () => {});
    });
    expect(names()).toEqual(["before", "culprit", "after", "bad"]);
    expect(sampler.counts).toEqual({
      keptTraces: 1,
      droppedTraces: 1,
      droppedSpans: 2,
      earlyTraces: 0,
      lateSpans: 0,
    });
  });

  test("those in which a span was slow, by the bound of its type", () => {
    const { tracer, names } = make({ slowerThanMs: 100, byType: { report: { slowerThanMs: 60_000 } } });
    const took = (name: string, ms: number, attributes = {}): void =>
      tracer.startSpan(name, { startTime: START, attributes }).end(START + ms);
    took("fast", 100);
    took("slow", 101);
    took("long report", 50_000, { "task.type": "report" });
    took("longer report", 60_001, { "task.type": "report" });
    expect(names()).toEqual(["slow", "longer report"]);
  });

  test("a share of the rest, the same one in every process, and by the type that began the trace", () => {
    const [one, other] = [make({ ratio: 0.5 }), make({ ratio: 0.5, byType: { audit: { ratio: 1 } } })];
    let kept = 0;
    for (let index = 1; index <= 1_000; index += 1) {
      const traceId = (index * 2_654_435_761).toString(16).padStart(32, "0");
      const remote = trace.setSpanContext(ROOT_CONTEXT, {
        traceId,
        spanId: "00f067aa0ba902b7",
        traceFlags: TraceFlags.SAMPLED,
        isRemote: true,
      });
      for (const { tracer } of [one, other]) tracer.startSpan(traceId, {}, remote).end();
      kept = one.names().length;
    }
    expect(kept).toBeGreaterThan(400);
    expect(kept).toBeLessThan(600);
    expect(other.names()).toEqual(one.names());
    other.tracer.startSpan("audit", { attributes: { "task.type": "audit" } }).end();
    expect(other.names()).toContain("audit");
  });

  test("none of the failed, when told so", async () => {
    const { tasks, names } = make({ failed: false });
    await tasks.run("bad", () => Promise.reject(new Error("no"))).catch(() => {});
    expect(names()).toEqual([]);
  });

  test("one with a pending span: it goes out at once, and the rest when it ends", async () => {
    const clock = new ManualClock();
    const { tasks, names } = make({}, { clock });
    const long = tasks.open("long");
    await clock.advance(2_000);
    expect(names()).toEqual(["long (pending)"]);
    long.complete();
    expect(names()).toEqual(["long (pending)", "long"]);
  });
});

describe("when it is decided", () => {
  test("at the end of the first span here, though its trace came from elsewhere; later spans follow", () => {
    const { tracer, names, sampler } = make({});
    const remote = trace.setSpanContext(ROOT_CONTEXT, {
      traceId: "4bf92f3577b34da6a3ce929d0e0e4736",
      spanId: "00f067aa0ba902b7",
      traceFlags: TraceFlags.SAMPLED,
      isRemote: true,
    });
    const request = tracer.startSpan("request", {}, remote);
    const inRequest = trace.setSpan(remote, request);
    const [quiet, loud] = ["quiet", "loud"].map((name) => tracer.startSpan(name, {}, inRequest));
    request.end();
    quiet?.end();
    loud?.setStatus({ code: SpanStatusCode.ERROR }).end();
    expect(names()).toEqual(["loud"]);
    expect(sampler.counts).toMatchObject({ droppedTraces: 1, droppedSpans: 2, lateSpans: 1 });
  });

  test("as soon as something failed, or it goes on for too long: what is known is passed on", () => {
    const { tracer, names } = make({ slowerThanMs: 1_000 });
    const job = tracer.startSpan("job", { startTime: START });
    const inJob = trace.setSpan(ROOT_CONTEXT, job);
    const step = (name: string, atMs: number): void =>
      tracer.startSpan(name, { startTime: START + atMs }, inJob).end(START + atMs + 10);
    step("first", 0);
    expect(names()).toEqual([]);
    step("later", 1_500);
    expect(names()).toEqual(["first", "later"]);
    job.end(START + 2_000);
    expect(names()).toEqual(["first", "later", "job"]);
  });

  test("not before its type allows, where the task that began it may take long", () => {
    const { tracer, names } = make({ slowerThanMs: 1_000, byType: { report: { slowerThanMs: 60_000 } } });
    const job = tracer.startSpan("job", { startTime: START, attributes: { "task.type": "report" } });
    tracer
      .startSpan("step", { startTime: START + 30_000 }, trace.setSpan(ROOT_CONTEXT, job))
      .end(START + 30_010);
    job.end(START + 40_000);
    expect(names()).toEqual([]);
  });

  test("early where no room is left, the oldest first, and counted", () => {
    const { tracer, sampler, names } = make({ maxSpans: 3, maxTraces: 2, ratio: 1 });
    const roots = ["a", "b"].map((name) => tracer.startSpan(name));
    const inside = (index: number): void => {
      const root = roots[index];
      if (root !== undefined) tracer.startSpan(`in ${index}`, {}, trace.setSpan(ROOT_CONTEXT, root)).end();
    };
    for (const index of [0, 0, 1]) inside(index);
    expect(names()).toEqual([]);
    inside(1);
    expect(names()).toEqual(["in 0", "in 0"]);
    expect(sampler.counts).toMatchObject({ earlyTraces: 1, keptTraces: 1 });
    tracer.startSpan("c");
    tracer.startSpan("d");
    expect(sampler.counts).toMatchObject({ earlyTraces: 2, keptTraces: 2 });
    for (const root of roots) root.end();
    expect(names()).toEqual(["in 0", "in 0", "in 1", "in 1", "a", "b"]);
  });

  test("at shutdown, in favour of what has not ended; a flush decides nothing", async () => {
    const passed: string[] = [];
    const next = {
      onStart: () => {},
      onEnd: (span: { readonly attributes: object }) =>
        passed.push((span as unknown as { name: string }).name),
      forceFlush: () => Promise.resolve(),
      shutdown: () => Promise.resolve(),
    };
    const provider = new TracerProvider({ spanProcessors: [tailSampler(next)] });
    const tracer = provider.getTracer("test");
    const job = tracer.startSpan("job");
    tracer.startSpan("step", {}, trace.setSpan(context.active(), job)).end();
    await provider.forceFlush();
    expect(passed).toEqual([]);
    await provider.shutdown();
    expect(passed).toEqual(["step"]);
  });
});

test("a span that is recorded and not sampled is passed on as it is", () => {
  const { tracer, sampler } = make(
    {},
    { sampler: { shouldSample: () => ({ decision: 1 }), toString: () => "record" } },
  );
  tracer.startSpan("recorded").end();
  expect(sampler.counts.droppedTraces).toBe(0);
});

test.each<[object, string]>([
  [{ ratio: 1.5 }, "tailSampler.ratio"],
  [{ slowerThanMs: 0 }, "tailSampler.slowerThanMs"],
  [{ byType: { report: { ratio: "1" } } }, "tailSampler.byType.report.ratio"],
  [{ maxSpans: 0 }, "tailSampler.maxSpans"],
  [{ keep: 1 }, "tailSampler.keep"],
])("refuses %o", (options, option) => {
  const next = new SimpleSpanProcessor({ exporter: new InMemorySpanExporter() });
  expect(() => tailSampler(next, options)).toThrow(expect.objectContaining({ option }));
});

test("refuses what is no span processor", () => {
  expect(() => tailSampler({} as SpanProcessor)).toThrow(
    expect.objectContaining({ option: "tailSampler.processor" }),
  );
});
