import { expect, test } from "vitest";
import { createTracker } from "taskscope";
import type { Plugin, TaskCarrier } from "taskscope";

const carriers: readonly (readonly [title: string, run: TaskCarrier["run"]])[] = [
  ["calls nothing", () => {}],
  ["calls twice", (_, body) => [body(), body()]],
  [
    "throws before the call",
    () => {
      throw new Error("carrier");
    },
  ],
  [
    "throws after the call",
    (_, body) => {
      body();
      throw new Error("carrier");
    },
  ],
];

test.each(
  carriers.flatMap(([title, run]) =>
    [false, true].map((around) => [title, around ? "with" : "without", run] as const),
  ),
)("a body is called once inside a carrier that %s, %s hooks around it", (_, around, run) => {
  const plugin: Plugin = {
    name: "carrier",
    setup: (context) => {
      context.provideCarrier({ current: () => undefined, run } as TaskCarrier);
      if (around === "with") context.aroundAttempt((__, runBody) => runBody());
    },
  };
  const tracker = createTracker({ plugins: [plugin] });
  let calls = 0;
  const wrapped = tracker.wrap("call", () => {
    calls += 1;
    return "value";
  });
  expect(wrapped()).toBe("value");
  expect(calls).toBe(1);
  expect(tracker.stats().total).toMatchObject({ spawned: 1, completed: 1 });
});
