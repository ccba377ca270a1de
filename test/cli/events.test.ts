import { expect, test } from "vitest";
import type { LifecycleEvent } from "taskscope";
import { eventLine } from "../../src/cli/event-line.ts";
import { painter } from "../../src/cli/output/style.ts";
import "./runtime-folder.ts";
import { serve, serveTasks } from "./served.ts";
import { start } from "./spawned-command.ts";
import { taskscope } from "./typed-command.ts";

/** A stream that has been open once, and then brings what it is given. */
function serveStream(...entries: readonly string[]): Promise<string> {
  return serve((request, response) => {
    response.writeHead(200, { "taskscope-api": "1.0.0", "content-type": "text/event-stream" });
    response.end(request.headers["last-event-id"] === undefined ? entries.join("") : "");
  });
}

const event = (id: number, fields: object): string =>
  `id: a-${id}\ndata: ${JSON.stringify({ kind: "completed", atMs: 0, id, name: "sum", type: "cpu", durationMs: 12, ...fields })}\n\n`;

test("events are lines: when, what, about which task, and what they say", async () => {
  const url = await serveStream(
    event(1, { kind: "spawned", parentId: 7 }),
    event(2, { kind: "failed", errorType: "TypeError", errorMessage: "no\nrow" }),
    'event: missed\ndata: {"dropped":12}\n\n',
    event(3, { kind: "of a later version" }),
  );
  const { code, out } = await taskscope("events", url, "--limit", "3");
  expect(code).toBe(0);
  expect(out.split("\n")).toEqual([
    "1970-01-01T00:00:00.000Z  spawned           cpu/sum #1  inside #7",
    "1970-01-01T00:00:00.000Z  failed            cpu/sum #2  12ms, TypeError: no\\x0arow",
    "-- 12 events were missed",
    "1970-01-01T00:00:00.000Z  of a later version  cpu/sum #3",
    "",
  ]);
});

test("--json prints a line for each, which says all that the event says", async () => {
  const url = await serveStream(
    event(1, { extra: "\u202e\n" }),
    'event: missed\ndata: {"dropped":null}\n\n',
    event(2, {}),
  );
  const { out } = await taskscope("events", url, "--limit", "2", "--json");
  expect(out).not.toContain("\u202e");
  const lines = out
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as object);
  expect(lines).toEqual([
    { kind: "completed", atMs: 0, id: 1, name: "sum", type: "cpu", durationMs: 12, extra: "\u202e\n" },
    { missed: null },
    { kind: "completed", atMs: 0, id: 2, name: "sum", type: "cpu", durationMs: 12 },
  ]);
});

test("filters go to the process, and a kind that does not exist nowhere", async () => {
  let asked = "";
  const url = await serve((request, response) => {
    asked = request.url ?? "";
    response.writeHead(200, { "taskscope-api": "1.0.0" }).end(event(1, {}));
  });
  await taskscope(
    "events",
    url,
    "--limit",
    "1",
    "--id",
    "7",
    "--type",
    "a b",
    "--kind",
    "failed,lost",
    "--kind",
    "stuck",
  );
  expect(asked).toBe("/events?id=7&type=a+b&kind=failed%2Clost%2Cstuck");
  expect((await taskscope("events", url, "--kind", "exploded")).code).toBe(2);
});

test("a process that is not found again ends it with exit code 3", async () => {
  const url = await serveStream(event(1, {}));
  const { code, out, errors } = await taskscope("events", url, "--wait", "0");
  expect(code).toBe(3);
  expect(out).toContain("completed");
  expect(errors).toBe("error: the process has ended the stream of events\n");
});

test("says all kinds of events", () => {
  const base = { atMs: 0, seq: 1, id: 7, name: "sum", type: "cpu", attempt: 2, trace: undefined };
  const said = (fields: object): string =>
    eventLine({ ...base, ...fields } as unknown as LifecycleEvent, painter(false))
      .split(" #7")[1]
      ?.trim() ?? "";
  expect([
    said({ kind: "started" }),
    said({ kind: "progress", done: 3, total: 10 }),
    said({ kind: "restarting", delayMs: 1_000, errorType: "Error", errorMessage: "no" }),
    said({ kind: "cancel-requested", by: "request", reason: "enough" }),
    said({ kind: "completed", durationMs: 1_500 }),
    said({ kind: "cancelled", cancelledBy: "parent", durationMs: 61_000 }),
    said({ kind: "rejected", reason: "queue-full" }),
    said({ kind: "gave-up", restarts: 5 }),
    said({ kind: "group-failed", group: "ingest" }),
    said({ kind: "lost", ageMs: 3_600_000 }),
    said({ kind: "stuck", bound: "expected", boundMs: 5_000 }),
    said({ kind: "unresponsive", graceMs: 5_000 }),
    said({ kind: "settled-late", settled: "fulfilled", lateMs: 90_000 }),
    said({ kind: "breaker", from: "closed", to: "open" }),
    said({ kind: "blocked", blockedMs: 400 }),
  ]).toEqual([
    "attempt 2",
    "3 of 10",
    "in 1s, after Error: no",
    "by request: enough",
    "1.5s",
    "1m1s, by parent",
    "queue-full",
    "after 5 restarts",
    "group ingest",
    "after 1h",
    "longer than 5s (expected)",
    "5s after it was ended",
    "fulfilled, 1m30s late",
    "closed to open",
    "for 400ms",
  ]);
});

test("ends quietly when nobody reads on", async () => {
  const url = await serve((_, response) => {
    response.writeHead(200, { "taskscope-api": "1.0.0" });
    const send = (): void =>
      void (response.writable && response.write(event(1, {}), () => setImmediate(send)));
    send();
  });
  const { child, said, ended } = bound(start(["events", url]));
  await said(/completed/);
  child.stdout.destroy();
  expect(await ended).toMatchObject({ code: 0, signal: null, errors: "" });
});

test("Ctrl-C ends it by that signal, as every program, and without a word", async () => {
  const { tasks, url } = await serveTasks();
  const running = start(["events", url, "--kind", "completed"]);
  const ended = running.ended;
  const ticking = setInterval(() => void tasks.run("tick", () => Promise.resolve()), 20);
  await running.said(/completed/);
  clearInterval(ticking);
  running.child.kill("SIGINT");
  expect(await ended).toMatchObject({ code: null, signal: "SIGINT", errors: "" });
});

function bound(spawned: ReturnType<typeof start>) {
  return { child: spawned.child, ended: spawned.ended, said: (pattern: RegExp) => spawned.said(pattern) };
}
