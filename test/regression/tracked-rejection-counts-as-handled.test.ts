import { beforeAll, describe, expect, test } from "vitest";
import { rejectionCases } from "../fixtures/rejection-cases.ts";
import type { PlayedCase, SeenRejection } from "../fixtures/rejection-cases.ts";
import { runFixture } from "../fixtures/run-fixture.ts";

const handledWarning =
  "(node) PromiseRejectionHandledWarning: Promise rejection was handled asynchronously (rejection id: 1)";
const traceHint = "(Use `node --trace-warnings ...` to show where the warning was created)";

/** Lines that Node adds to the first warning of a process are no difference. */
const warningsOf = (stderr: string): string[] => stderr.split("\n").filter((line) => line !== traceHint);

/** What process listeners hear where a forgotten rejection is tracked: Node reports it, and then the tracker reads it. */
function withReading(bare: readonly SeenRejection[]): readonly SeenRejection[] {
  const reported = bare.find(({ event }) => event === "unhandledRejection");
  if (reported === undefined || bare.some(({ event }) => event === "rejectionHandled")) return bare;
  return [...bare, { event: "rejectionHandled", isReason: true, isPromise: reported.isPromise }];
}

// The README names it under "Good to know". To listen for the reason instead would decide, for as long, whether
// other rejections end the process.
describe("a rejection of a tracked promise that nobody handles", () => {
  let played: Readonly<Record<string, PlayedCase>> = {};

  beforeAll(() => {
    played = JSON.parse(runFixture("rejection-events.ts").stdout) as Record<string, PlayedCase>;
  });

  test.each(
    rejectionCases.filter(({ via }) => via !== "spawn").map(({ via, title }) => [via, title] as const),
  )("is reported as without a tracker, and then as handled: %s: %s", (via, title) => {
    const { bare, tracked } = played[`${via}: ${title}`] as PlayedCase;
    expect(tracked).toEqual(via === "track" ? withReading(bare) : bare);
  });

  test.each(["none", "warn"])("leaves one warning more than without a tracker in mode %s", (mode) => {
    const flags = [`--unhandled-rejections=${mode}`];
    const bare = runFixture("forgotten-rejection.ts", ["bare"], flags);
    const tracked = runFixture("forgotten-rejection.ts", ["track"], flags);
    expect(bare.stdout).toBe("goes on\nexit 0\n");
    expect({ ...tracked, stderr: "" }).toEqual({ ...bare, stderr: "" });
    expect(warningsOf(tracked.stderr).filter((line) => line !== handledWarning)).toEqual(
      warningsOf(bare.stderr),
    );
    expect(tracked.stderr).toContain(handledWarning);
  });
});
