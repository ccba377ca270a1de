import { Writable } from "node:stream";
import { trace } from "@opentelemetry/api";
import { pino } from "pino";
import type { Logger } from "pino";
import { createTracker } from "taskscope";
import { lifecycleLog, pinoMixin } from "taskscope/log";
import { openTelemetry } from "taskscope/otel";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { turn } from "../../tracker/support.ts";
import { recordSpans, registerContextManager, unregisterAll } from "../otel/span-recorder.ts";
import { fail, makeLogged } from "./support.ts";

type Line = Readonly<Record<string, unknown>>;

/** A real pino that writes into an array. */
function makePino(options: object = {}): { readonly logger: Logger; readonly lines: Line[] } {
  const lines: Line[] = [];
  const stream = new Writable({
    write(chunk, _encoding, done) {
      lines.push(JSON.parse(String(chunk)) as Line);
      done();
    },
  });
  return { logger: pino({ base: null, timestamp: false, ...options }, stream), lines };
}

describe("a pino logger as the sink", () => {
  test("gets fields and message, at its own levels", async () => {
    const { logger, lines } = makePino();
    const { tasks } = makeLogged({ sink: logger });
    await fail(tasks, "charge");
    tasks.spawn("stopped", () => 1).cancel();
    await turn();
    expect(lines).toMatchObject([
      { level: 50, msg: "task charge failed", event: "failed", task_name: "charge", error_type: "TypeError" },
      { level: 30, msg: "task stopped was cancelled", event: "cancelled", cancelled_by: "request" },
    ]);
  });

  test("may be a child, and says what its bindings say", async () => {
    const { logger, lines } = makePino();
    const { tasks } = makeLogged({ sink: logger.child({ service: "shop" }) });
    await fail(tasks, "charge");
    await turn();
    expect(lines).toMatchObject([{ service: "shop", msg: "task charge failed" }]);
  });
});

describe("the mixin", () => {
  test("adds the task that logs, wrapped ones and nested ones too, and nothing outside", async () => {
    const { logger, lines } = makePino({ mixin: pinoMixin() });
    const tasks = createTracker();
    logger.info("outside");
    const inner = tasks.wrap("inner", async () => {
      await turn();
      logger.info("inside");
    });
    const outer = tasks.spawn("outer", async () => {
      logger.info("before");
      await inner();
      logger.info("after");
    });
    await outer.result;
    expect(lines).toEqual([
      { level: 30, msg: "outside" },
      { level: 30, msg: "before", task_id: outer.id, task_name: "outer" },
      { level: 30, msg: "inside", task_id: outer.id + 1, task_name: "inner" },
      { level: 30, msg: "after", task_id: outer.id, task_name: "outer" },
    ]);
    await tasks.shutdown();
  });

  test("never throws, whatever a carrier does", () => {
    const { logger, lines } = makePino({ mixin: pinoMixin() });
    const broken = {
      name: "broken",
      setup: (given: { provideCarrier(carrier: object): boolean }) =>
        void given.provideCarrier({
          current: () => {
            throw new Error("rude");
          },
          run: (_task: unknown, runBody: () => void) => runBody(),
        }),
    };
    const tasks = createTracker({ plugins: [broken] });
    logger.info("still");
    expect(lines).toEqual([{ level: 30, msg: "still" }]);
    return tasks.shutdown();
  });
});

describe("with spans", () => {
  beforeEach(registerContextManager);
  afterEach(unregisterAll);

  test("the mixin adds the active span, and the log the span of the task", async () => {
    const recorder = recordSpans();
    trace.setGlobalTracerProvider(recorder.provider);
    const { logger, lines } = makePino({ level: "debug", mixin: pinoMixin() });
    const tasks = createTracker({
      plugins: [openTelemetry(), lifecycleLog({ sink: logger, minLevel: "debug" })],
    });
    const handle = tasks.spawn("charge", () => {
      logger.info("charging");
      throw new TypeError("no");
    });
    await handle.outcome;
    await turn();
    const { traceId, spanId, traceFlags } = recorder.span("charge").spanContext();
    const ids = { trace_id: traceId, span_id: spanId, trace_flags: traceFlags };
    const task = { task_id: handle.id, task_name: "charge" };
    const byMessage = new Map(lines.map((line) => [line["msg"], line]));
    expect(byMessage.get("charging")).toEqual({ level: 30, msg: "charging", ...task, ...ids });
    expect(byMessage.get("task charge started")).toMatchObject({ ...task, ...ids });
    expect(byMessage.get("task charge failed")).toMatchObject({ ...task, ...ids });
    expect(byMessage.get("task charge spawned")).not.toHaveProperty("trace_id");
    await tasks.shutdown();
  });

  test("the mixin leaves the span to another who adds it", async () => {
    const recorder = recordSpans();
    const { logger, lines } = makePino({ mixin: pinoMixin({ trace: false }) });
    const tasks = createTracker({ plugins: [openTelemetry({ tracerProvider: recorder.provider })] });
    await tasks.run("charge", () => logger.info("charging"));
    expect(lines).toEqual([
      { level: 30, msg: "charging", task_id: expect.any(Number) as number, task_name: "charge" },
    ]);
    await tasks.shutdown();
  });
});
