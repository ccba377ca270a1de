import { describe, expect, test } from "vitest";
import { createTracker } from "taskscope";
import { balanced } from "./support.ts";

const MANY = 100_000;

function heapUsed(): number {
  for (let pass = 0; pass < 4; pass += 1) globalThis.gc?.();
  return process.memoryUsage().heapUsed;
}

describe("100,000 tasks alive at once", () => {
  test.each(["wrapped", "managed"] as const)(
    "%s: counts are exact and the memory comes back",
    async (kind) => {
      expect(globalThis.gc, "run with --expose-gc").toBeDefined();
      const tasks = createTracker();
      let release: (() => void)[] = [];
      const body = (): Promise<void> => new Promise((resolve) => void release.push(resolve));
      const wrapped = tasks.wrap({ name: "held", type: "many" }, body);
      const start = (): Promise<void> =>
        kind === "wrapped" ? wrapped() : tasks.run({ name: "held", type: "many", timeoutMs: 60_000 }, body);
      const round = async (): Promise<void> => {
        const before = tasks.stats().total;
        const running = Array.from({ length: MANY }, start);
        expect(tasks.stats().total).toMatchObject({ spawned: before.spawned + MANY, running: MANY });
        expect(tasks.count({ state: "running", type: "many" })).toBe(MANY);
        balanced(tasks);
        for (const each of release) each();
        release = [];
        await Promise.all(running);
        expect(tasks.stats().total).toMatchObject({
          completed: before.completed + MANY,
          running: 0,
          queued: 0,
        });
        tasks.sweep(0);
      };
      await round();
      const startBytes = heapUsed();
      await round();
      const grownBytes = heapUsed() - startBytes;
      expect(grownBytes).toBeLessThan(Math.max(1_000_000, startBytes * 0.05));
      balanced(tasks);
    },
    60_000,
  );
});
