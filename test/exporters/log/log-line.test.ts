import type { EventFields, EventKind, LifecycleEvent } from "../../../src/events/index.ts";
import { describe, expect, test } from "vitest";
import { lineOf } from "../../../src/exporters/log/log-line.ts";

function eventOf<Kind extends EventKind>(kind: Kind, fields: EventFields<Kind>): LifecycleEvent {
  const about = kind === "breaker" ? { id: 0, type: "", attempt: 0 } : { id: 7, type: "network", attempt: 2 };
  const common = { kind, seq: 1, atMs: 1_000, name: "sync", trace: undefined };
  return { ...common, ...about, ...fields } as unknown as LifecycleEvent;
}

const task = { task_name: "sync", task_type: "network", task_id: 7, attempt: 2 };

describe("the line of an event", () => {
  test.each<[LifecycleEvent, string, object]>([
    [
      eventOf("spawned", { parentId: 3, managed: true }),
      "task sync spawned",
      { parent_id: 3, managed: true },
    ],
    [
      eventOf("started", { parentId: undefined, queuedMs: 1.23456 }),
      "task sync started",
      { queued_ms: 1.235 },
    ],
    [eventOf("progress", { done: 1, total: undefined }), "task sync made progress", { done: 1 }],
    [
      eventOf("restarting", { delayMs: 50, errorType: undefined, errorMessage: undefined }),
      "task sync is about to restart",
      { delay_ms: 50 },
    ],
    [
      eventOf("cancel-requested", { by: "parent", reason: "enough" }),
      "task sync was asked to stop",
      { cancelled_by: "parent", reason: "enough" },
    ],
    [
      eventOf("completed", { durationMs: 5, queuedMs: 1 }),
      "task sync completed",
      { duration_ms: 5, queued_ms: 1 },
    ],
    [
      eventOf("failed", { durationMs: 5, queuedMs: 1, errorType: "timeout", errorMessage: "" }),
      "task sync failed",
      { duration_ms: 5, queued_ms: 1, error_type: "timeout" },
    ],
    [
      eventOf("cancelled", { durationMs: 5, queuedMs: 1, cancelledBy: "shutdown", reason: undefined }),
      "task sync was cancelled",
      { duration_ms: 5, queued_ms: 1, cancelled_by: "shutdown" },
    ],
    [eventOf("rejected", { reason: "queue_full" }), "task sync was rejected", { reason: "queue_full" }],
    [eventOf("gave-up", { restarts: 5 }), "task sync gave up", { restarts: 5 }],
    [
      eventOf("group-failed", { group: "ingest", maxRestarts: 3, withinMs: 5_000, above: undefined }),
      "task sync failed once too often for its group",
      { group: "ingest", max_restarts: 3, within_ms: 5_000 },
    ],
    [eventOf("lost", { ageMs: 1.5 }), "task sync is lost: it can never end", { age_ms: 1.5 }],
    [
      eventOf("stuck", { bound: "heartbeat", boundMs: 500 }),
      "task sync is stuck",
      { bound: "heartbeat", bound_ms: 500 },
    ],
    [eventOf("unresponsive", { graceMs: 500 }), "task sync goes on after its end", { grace_ms: 500 }],
    [
      eventOf("settled-late", { settled: "rejected", lateMs: 12 }),
      "task sync settled late",
      { settled: "rejected", late_ms: 12 },
    ],
    [
      eventOf("blocked", { blockedMs: 250.12345, precise: true, stack: "at work (file:///app.js:1:2)" }),
      "task sync held the event loop",
      { blocked_ms: 250.123, precise: true, stack: "at work (file:///app.js:1:2)" },
    ],
  ])("of kind $kind", (event, message, fields) => {
    expect(lineOf(event, "info", (text) => text)).toEqual({
      level: "info",
      atMs: 1_000,
      message,
      fields: { event: event.kind, ...task, ...fields },
    });
  });

  test("of a circuit breaker names no task", () => {
    const event = eventOf("breaker", { from: "closed", to: "open" });
    expect(lineOf(event, "warn", (text) => text)).toEqual({
      level: "warn",
      atMs: 1_000,
      message: "circuit breaker sync went from closed to open",
      fields: { event: "breaker", breaker: "sync", from: "closed", to: "open" },
    });
  });

  test("of a block that no task caused names none", () => {
    const fields = { blockedMs: 250, precise: false, stack: undefined };
    const event = { ...eventOf("blocked", fields), name: "__unknown__", id: 0, type: "", attempt: 0 };
    expect(lineOf(event, "warn", (text) => text)).toMatchObject({
      message: "code of __unknown__ held the event loop",
      fields: { event: "blocked", task_name: "__unknown__", blocked_ms: 250, precise: false },
    });
  });

  test("of a group that failed because a group in it did names that one as the member", () => {
    const fields = { group: "all", maxRestarts: 3, withinMs: 5_000, above: "top" } as const;
    const event = { ...eventOf("group-failed", fields), id: 0, type: "", attempt: 0 };
    expect(lineOf(event, "error", (text) => text)).toMatchObject({
      message: "group sync failed once too often for its group",
      fields: { event: "group-failed", member: "sync", group: "all", above: "top" },
    });
  });

  test("has the ids of the span, where there is one", () => {
    const trace = { traceId: "a".repeat(32), spanId: "b".repeat(16), traceFlags: 1 };
    const event = { ...eventOf("rejected", { reason: "rate" }), trace };
    expect(lineOf(event, "warn", (text) => text).fields).toMatchObject({
      trace_id: trace.traceId,
      span_id: trace.spanId,
      trace_flags: 1,
    });
  });
});
