import { SeverityNumber } from "@opentelemetry/api-logs";
import { InMemoryLogRecordExporter, LoggerProvider, SimpleLogRecordProcessor } from "@opentelemetry/sdk-logs";
import type { ReadableLogRecord } from "@opentelemetry/sdk-logs";
import { openTelemetrySink } from "taskscope/log";
import { openTelemetry } from "taskscope/otel";
import { afterEach, describe, expect, test } from "vitest";
import { turn } from "../../tracker/support.ts";
import { logs } from "../otel/logs-api.ts";
import { recordSpans } from "../otel/span-recorder.ts";
import { fail, makeLogged } from "./support.ts";

/** A real SDK that keeps the records. */
function recordLogs(): { readonly provider: LoggerProvider; readonly records: () => ReadableLogRecord[] } {
  const exporter = new InMemoryLogRecordExporter();
  const provider = new LoggerProvider({ processors: [new SimpleLogRecordProcessor({ exporter })] });
  return { provider, records: () => exporter.getFinishedLogRecords() };
}

afterEach(() => logs.disable());

describe("OpenTelemetry log records", () => {
  test("carry the message, the severity, the time and the ids of task and span", async () => {
    const spans = recordSpans();
    const { provider, records } = recordLogs();
    const { tasks, clock } = makeLogged(
      { sink: openTelemetrySink({ loggerProvider: provider }) },
      { plugins: [openTelemetry({ tracerProvider: spans.provider })] },
    );
    const handle = tasks.spawn({ name: "charge", type: "network" }, () => {
      throw new RangeError("card declined");
    });
    await handle.outcome;
    await turn();
    const [record] = records();
    expect(records()).toHaveLength(1);
    expect(record).toMatchObject({
      body: "task charge failed",
      severityNumber: SeverityNumber.ERROR,
      severityText: "ERROR",
      eventName: "taskscope.task.failed",
      instrumentationScope: { name: "taskscope" },
      hrTime: [clock.epochMs() / 1_000, 0],
      attributes: {
        "task.id": handle.id,
        "task.name": "charge",
        "task.type": "network",
        "error.type": "RangeError",
        "error.message": "card declined",
        "taskscope.duration_ms": 0,
        "taskscope.queued_ms": 0,
      },
    });
    const { traceId, spanId, traceFlags } = spans.span("charge").spanContext();
    expect(record?.spanContext).toMatchObject({ traceId, spanId, traceFlags });
  });

  test("have no span where the task has none", async () => {
    const { provider, records } = recordLogs();
    const { tasks } = makeLogged({ sink: openTelemetrySink({ loggerProvider: provider }) });
    await fail(tasks, "charge");
    await turn();
    expect(records()).toHaveLength(1);
    expect(records()[0]?.spanContext).toBeUndefined();
  });

  test("have the severities of their levels", async () => {
    const { provider, records } = recordLogs();
    const { tasks } = makeLogged({
      sink: openTelemetrySink({ loggerProvider: provider }),
      minLevel: "trace",
      levels: { progress: "trace", started: "info", completed: "warn" },
    });
    await tasks.run("work", ({ progress }) => progress(1));
    await turn();
    expect(records().map(({ severityNumber, severityText }) => [severityNumber, severityText])).toEqual([
      [SeverityNumber.DEBUG, "DEBUG"],
      [SeverityNumber.INFO, "INFO"],
      [SeverityNumber.TRACE, "TRACE"],
      [SeverityNumber.WARN, "WARN"],
    ]);
  });

  test("go to the provider that is registered, also when that is later", async () => {
    const { provider, records } = recordLogs();
    const { tasks } = makeLogged({ sink: openTelemetrySink() });
    await fail(tasks, "unheard");
    await turn();
    logs.setGlobalLoggerProvider(provider);
    await fail(tasks, "heard");
    await turn();
    expect(records().map(({ body }) => body)).toEqual(["task heard failed"]);
  });
});
