import { describe, expect, test } from "vitest";
import { createTracker } from "taskscope";
import { runFixture } from "../fixtures/run-fixture.ts";
import { turn } from "../tracker/support.ts";

describe("tracking a promise of a subclass", () => {
  test("makes no promise of that class", async () => {
    let made = 0;
    class Counting extends Promise<string> {
      constructor(executor: ConstructorParameters<PromiseConstructor>[0]) {
        super(executor as (resolve: (value: string) => void) => void);
        made += 1;
      }
    }
    const promise = Counting.resolve("value");
    const handle = createTracker().track("counting", promise);
    await turn();
    await turn();
    expect(handle.state).toBe("completed");
    expect(await handle.result).toBe("value");
    expect(made).toBe(1);
  });

  test("does not end the process when the class cannot make promises", () => {
    expect(runFixture("tracked-deferred.ts")).toEqual({
      status: 0,
      signal: null,
      stdout: "completed",
      stderr: "",
    });
  });
});
