import { beforeAll, describe, expect, test } from "vitest";
import { rejectionCases } from "../fixtures/rejection-cases.ts";
import type { PlayedCase, SeenRejection } from "../fixtures/rejection-cases.ts";
import { runFixture } from "../fixtures/run-fixture.ts";

const unhandled = (seen: readonly SeenRejection[] | undefined): readonly SeenRejection[] =>
  (seen ?? []).filter(({ event }) => event === "unhandledRejection");

describe("an unhandled rejection", () => {
  let played: Readonly<Record<string, PlayedCase>> = {};

  beforeAll(() => {
    const { stdout, stderr, status } = runFixture("rejection-events.ts");
    expect({ stderr, status }).toMatchObject({ status: 0 });
    played = JSON.parse(stdout) as Record<string, PlayedCase>;
  });

  for (const via of ["wrap", "track", "run", "spawn"] as const) {
    const ofWay = rejectionCases.filter((each) => each.via === via);

    describe(`of a promise of ${via}`, () => {
      test.each(ofWay.map((each) => [each.title, each.unhandled] as const))("%s: %i", (title, count) => {
        const seen = played[`${via}: ${title}`];
        expect(unhandled(seen?.tracked)).toEqual(
          Array.from({ length: count }, () => ({
            event: "unhandledRejection",
            isReason: true,
            isPromise: true,
          })),
        );
        expect(unhandled(seen?.tracked), "as without a tracker").toEqual(unhandled(seen?.bare));
        expect(seen?.counts.ended, "all tasks have ended").toBe(seen?.counts.spawned);
      });
    });
  }
});

describe("a process that forgets a rejection", () => {
  const kinds = ["error", "string", "undefined", "subclass", "settled"];
  const modes = ["default", "strict"];
  const cases = modes.flatMap((mode) =>
    (mode === "default" ? kinds : ["error"]).map((kind) => [mode, kind] as const),
  );

  test.each(cases)(
    "ends in mode %s with %s as it would without a tracker",
    (mode, kind) => {
      const flags = mode === "default" ? [] : [`--unhandled-rejections=${mode}`];
      const bare = runFixture("forgotten-rejection.ts", ["bare", kind], flags);
      expect(bare.status).toBe(1);
      for (const way of ["wrap", "track", "run"]) {
        expect(runFixture("forgotten-rejection.ts", [way, kind], flags), way).toEqual(bare);
      }
    },
    60_000,
  );

  test("goes on when the task was spawned", () => {
    expect(runFixture("forgotten-rejection.ts", ["spawn", "error"])).toEqual({
      status: 0,
      signal: null,
      stdout: "goes on\nexit 0\n",
      stderr: "",
    });
  });
});
