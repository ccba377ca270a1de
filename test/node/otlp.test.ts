import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { context, propagation, SpanKind, trace } from "@opentelemetry/api";
import { createTracker } from "taskscope";
import type { Tracker } from "taskscope";
import { nodeTelemetry } from "taskscope/node";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { receiveOtlp } from "./otlp-receiver.ts";
import type { OtlpReceiver } from "./otlp-receiver.ts";

let receiver: OtlpReceiver;

beforeEach(async () => {
  receiver = await receiveOtlp();
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await receiver.close();
});

const TRACE_ID = "0af7651916cd43dd8448eb211c80319c";
const CALLER_ID = "b7ad6b7169203331";

/** Serves one HTTP request whose handler is `handle`, inside a SERVER span that continues the caller's trace. */
async function serveOnce(handle: () => Promise<void>): Promise<void> {
  const server = createServer((request, response) => {
    const caller = propagation.extract(context.active(), request.headers);
    const span = trace.getTracer("test").startSpan("GET /order", { kind: SpanKind.SERVER }, caller);
    void context.with(trace.setSpan(caller, span), handle).finally(() => {
      span.end();
      response.end("ok");
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const response = await fetch(`http://127.0.0.1:${port}/order`, {
    headers: { traceparent: `00-${TRACE_ID}-${CALLER_ID}-01` },
  });
  expect(await response.text()).toBe("ok");
  await new Promise((resolve) => server.close(resolve));
}

test("a task inside a task inside an HTTP request arrives as one trace with the right parents", async () => {
  const tasks = createTracker({
    plugins: [
      nodeTelemetry({
        serviceName: "shop",
        prometheus: false,
        otlp: { url: receiver.url, headers: { "x-key": "k" } },
      }),
    ],
  });
  await tasks.ready;
  const queryStock = tasks.wrap({ name: "query-stock", type: "database" }, async () => {
    await new Promise((resolve) => setImmediate(resolve));
  });
  await serveOnce(async () => {
    const handle = tasks.spawn(
      { name: "reserve", type: "network", attributes: { sku: "A-1" } },
      async ({ spawn }) => {
        await queryStock();
        await spawn("notify", () => {}).result;
      },
    );
    await handle.result;
  });
  await tasks.shutdown();

  const [request, reserve, query, notify] = ["GET /order", "reserve", "query-stock", "notify"].map((name) =>
    receiver.span(name),
  );
  expect(request).toMatchObject({ traceId: TRACE_ID, parentId: CALLER_ID, kind: "SPAN_KIND_SERVER" });
  expect(reserve).toMatchObject({
    parentId: request?.spanId,
    kind: "SPAN_KIND_INTERNAL",
    service: "shop",
    status: { code: "STATUS_CODE_UNSET" },
    attributes: { "task.name": "reserve", "task.type": "network", "task.outcome": "completed", sku: "A-1" },
  });
  expect(query).toMatchObject({
    parentId: reserve?.spanId,
    attributes: { "task.parent.id": reserve?.attributes["task.id"] },
  });
  expect(notify).toMatchObject({ parentId: reserve?.spanId });
  expect(new Set(receiver.spans.map(({ traceId }) => traceId))).toEqual(new Set([TRACE_ID]));
  expect(receiver.headers.every((headers) => headers["x-key"] === "k")).toBe(true);
});

test("a failed task arrives with status ERROR, the exception and error.type", async () => {
  const tasks = createTracker({
    plugins: [nodeTelemetry({ prometheus: false, otlp: { url: `${receiver.url}/` } })],
  });
  await tasks.run("charge", () => Promise.reject(new RangeError("no funds"))).catch(() => {});
  await tasks.shutdown();
  const span = receiver.span("charge");
  expect(span.status).toEqual({ code: "STATUS_CODE_ERROR", message: "no funds" });
  expect(span.attributes).toMatchObject({ "error.type": "RangeError", "task.outcome": "failed" });
  expect(span.events.find(({ name }) => name === "exception")?.attributes).toMatchObject({
    "exception.type": "RangeError",
    "exception.message": "no funds",
    "exception.stacktrace": expect.stringContaining("RangeError: no funds") as string,
  });
});

async function exportedBy(tasks: Tracker): Promise<Map<string, OtlpReceiver["metrics"][number]>> {
  tasks.wrap("work", () => {})();
  await tasks.shutdown();
  return new Map(receiver.metrics.map((metric) => [metric.name, metric]));
}

test("the last export of metrics has the numbers of the last task, cumulative and with their units", async () => {
  const exported = await exportedBy(
    createTracker({ plugins: [nodeTelemetry({ prometheus: false, otlp: { url: receiver.url } })] }),
  );
  const labels = { task_type: "general", task_name: "work" };
  expect(exported.get("taskscope_tasks_spawned")).toMatchObject({
    data: "sum",
    unit: "{task}",
    isCumulative: true,
    isMonotonic: true,
    points: [{ attributes: labels, value: 1 }],
  });
  expect(exported.get("taskscope_tasks_running")).toMatchObject({
    data: "sum",
    isMonotonic: false,
    points: [{ value: 0 }],
  });
  const duration = exported.get("taskscope_task_duration_seconds");
  expect(duration).toMatchObject({ data: "histogram", unit: "s", isCumulative: true });
  expect(duration?.points).toMatchObject([{ attributes: { ...labels, outcome: "completed" }, value: 1 }]);
  expect(duration?.points[0]?.bounds).toContain(0.25);
});

test("a receiver that is gone fails no task and no shutdown", async () => {
  const { url } = receiver;
  await receiver.close();
  vi.stubEnv("OTEL_EXPORTER_OTLP_TIMEOUT", "100");
  const warnings: string[] = [];
  const tasks = createTracker({
    diag: { warn: (message) => warnings.push(message) },
    plugins: [nodeTelemetry({ prometheus: false, otlp: { url } })],
  });
  expect(await tasks.run("work", () => 1)).toBe(1);
  await expect(tasks.shutdown()).resolves.toMatchObject({ completed: expect.any(Number) as number });
});
