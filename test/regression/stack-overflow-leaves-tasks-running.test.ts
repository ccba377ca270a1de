import { describe, expect, test } from "vitest";
import { createTracker } from "taskscope";
import type { TrackerOptions } from "taskscope";
import { runFixture } from "../fixtures/run-fixture.ts";
import { balanced, turn } from "../tracker/support.ts";

// Vite makes imports getters that catch whatever is thrown in them: an overflow there reads as `undefined`, which then
// is called. What the package itself throws, a process without Vite shows.
const overflow = /^Maximum call stack size exceeded$|is not a function$/;

const deeper = (depth: number, call: () => unknown): unknown =>
  depth === 0 ? call() : deeper(depth - 1, call);

const options: readonly (readonly [title: string, options: TrackerOptions])[] = [
  ["with context", {}],
  ["without context", { context: false }],
  [
    "with hooks",
    {
      plugins: [
        {
          name: "around",
          setup: (context) => {
            context.aroundAttempt((_, runBody) => runBody());
          },
        },
      ],
    },
  ],
];

describe("after a stack overflow inside wrapped functions", () => {
  // The overflow strikes wherever the stack happens to end: every depth tries another place. Without a sweep, so that
  // the overflow cannot strike in Node's own async hooks (see stack-overflow-aborts-process).
  test.each(options)("no task is left running %s", (_, given) => {
    const leftRunning: number[] = [];
    for (let depth = 0; depth < 60; depth += 1) {
      const tracker = createTracker({ ...given, retention: { sweepMs: Number.POSITIVE_INFINITY } });
      const endless: () => unknown = tracker.wrap("endless", () => endless());
      expect(() => deeper(depth, endless)).toThrow(overflow);
      balanced(tracker);
      const { spawned, running, failed } = tracker.stats().total;
      expect(spawned).toBeGreaterThan(100);
      if (running !== 0 || failed !== spawned) leftRunning.push(depth);
    }
    expect(leftRunning).toEqual([]);
  });

  test.each(options)("that catch it themselves, each task ends once %s", (_, given) => {
    for (let depth = 0; depth < 60; depth += 1) {
      const tracker = createTracker({ ...given, retention: { sweepMs: Number.POSITIVE_INFINITY } });
      const endless: () => unknown = tracker.wrap("endless", () => {
        try {
          return endless();
        } catch {
          return depth;
        }
      });
      try {
        deeper(depth, endless);
      } catch (error) {
        expect((error as Error).message).toMatch(overflow);
      }
      balanced(tracker);
      expect(tracker.stats().total.running).toBe(0);
    }
  });
});

test("a stack overflow while promises are tracked leaves no task running", async () => {
  for (let depth = 0; depth < 30; depth += 1) {
    const tracker = createTracker();
    const endless = (): void => {
      tracker.track("endless", Promise.resolve(1));
      endless();
    };
    expect(() => deeper(depth, endless)).toThrow(overflow);
    await turn();
    await turn();
    balanced(tracker);
    expect(tracker.stats().total.running).toBe(0);
  }
});

test("no task is left running where the code of the wrapper has never run before", () => {
  // Without the optimizing compilers V8 goes on making literals the way it makes the first ones.
  const { status, stdout } = runFixture("overflow-in-fresh-code.ts", [], ["--no-opt"]);
  expect({ status, stdout }).toEqual({ status: 0, stdout: "caught 120, running 0\n" });
}, 240_000);
