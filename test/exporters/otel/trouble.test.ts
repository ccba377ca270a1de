import { context, ROOT_CONTEXT, trace } from "@opentelemetry/api";
import type { ContextManager } from "@opentelemetry/api";
import { TracerProvider } from "@opentelemetry/sdk-trace";
import type { SpanProcessor } from "@opentelemetry/sdk-trace";
import { createTracker } from "taskscope";
import { openTelemetry } from "taskscope/otel";
import { afterEach, expect, test } from "vitest";
import { registerContextManager, unregisterAll } from "./span-recorder.ts";

afterEach(unregisterAll);

const quiet = { warn: () => {} };

test.each(["onStart", "onEnd"] as const)(
  "a span processor that throws in %s harms no task",
  async (where) => {
    registerContextManager();
    const broken: SpanProcessor = {
      onStart: () => {},
      onEnd: () => {},
      forceFlush: () => Promise.resolve(),
      shutdown: () => Promise.resolve(),
      [where]: () => {
        throw new Error("broken processor");
      },
    };
    const provider = new TracerProvider({ spanProcessors: [broken] });
    const tasks = createTracker({ diag: quiet, plugins: [openTelemetry({ tracerProvider: provider })] });
    const failure = new TypeError("its own");
    expect(tasks.wrap("sync", () => 1)()).toBe(1);
    expect(await tasks.run("good", () => tasks.spawn("child", () => 2).result)).toBe(2);
    await expect(tasks.run("bad", () => Promise.reject(failure))).rejects.toBe(failure);
    expect(tasks.stats().total).toMatchObject({ spawned: 4, completed: 3, failed: 1, running: 0 });
    const [second] = tasks.list({ name: "child" });
    expect(second?.parentId).toBe(tasks.list({ name: "good" })[0]?.id);
  },
);

test("a context manager that fails later harms no task: every body runs once", async () => {
  let fails = false;
  let active = ROOT_CONTEXT;
  const failing: ContextManager = {
    active: () => active,
    with(given, fn, thisArg, ...args) {
      if (fails) throw new Error("broken manager");
      const before = active;
      active = given;
      try {
        return Reflect.apply(fn, thisArg, args) as ReturnType<typeof fn>;
      } finally {
        active = before;
      }
    },
    bind: (_context, target) => target,
    enable: () => failing,
    disable: () => failing,
  };
  context.setGlobalContextManager(failing);
  trace.setGlobalTracerProvider(new TracerProvider());
  const tasks = createTracker({ diag: quiet, plugins: [openTelemetry()] });
  fails = true;
  let runs = 0;
  expect(await tasks.run("good", () => (runs += 1))).toBe(1);
  expect(tasks.wrap("observed", () => (runs += 1))()).toBe(2);
});

test("a tracer provider that throws harms no task", async () => {
  const tracerProvider = {
    getTracer: () => {
      throw new Error("broken provider");
    },
  };
  const tasks = createTracker({ diag: quiet, plugins: [openTelemetry({ tracerProvider })] });
  expect(await tasks.run("good", () => 1)).toBe(1);
});
