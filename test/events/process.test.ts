import { expect, test } from "vitest";
import { runFixture } from "../fixtures/run-fixture.ts";

const run = (name: string) => runFixture("events-in-a-process.ts", [name]);
const ended = { status: 0, signal: null, stderr: "" };

test("events that wait are handed over before a process with nothing else to do ends", () => {
  expect(run("ends by itself")).toEqual({ ...ended, stdout: "spawned started completed " });
});

test("a subscriber that never deals with its event does not keep the process alive", () => {
  expect(run("ends though a subscriber is stalled")).toEqual({ ...ended, stdout: "spawned " });
});

test("subscribers that throw or reject cause no uncaught exception and no unhandled rejection", () => {
  expect(run("subscribers that throw and reject")).toEqual({ ...ended, stdout: "throws rejects" });
});

test("a channel's subscriber that throws is an uncaught exception, and the task is as it was", () => {
  expect(run("a channel's subscriber that throws")).toEqual({
    ...ended,
    stdout: "taskscope:task:ended taskscope:task:spawned tracing:taskscope:task:start value 1 1",
  });
});
