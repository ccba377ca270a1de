import { describe, expect, test } from "vitest";
import { createTracker } from "taskscope";
import type { TaskState } from "taskscope";
import { ManualClock } from "taskscope/testing";
import { legalTransitions } from "../../src/task/task-state.ts";
import { turn } from "../tracker/support.ts";

describe("the states of a task", () => {
  test("nothing leaves an ended state", () => {
    for (const ended of ["completed", "failed", "cancelled"] as const)
      expect(legalTransitions[ended]).toEqual([]);
  });

  test("every move that a plugin can see is a legal one", async () => {
    const clock = new ManualClock();
    const moves: [TaskState, TaskState][] = [];
    const seen = new Map<number, TaskState>();
    const tasks = createTracker({ clock });
    const look = (): void => {
      for (const { id, state } of tasks.list()) {
        const before = seen.get(id);
        if (before !== undefined && before !== state) moves.push([before, state]);
        seen.set(id, state);
      }
    };
    tasks.use({
      name: "looks",
      setup(context) {
        context.onSpawn(look);
        context.onStart(look);
        context.onEnd(look);
      },
    });
    tasks.spawn("completes", () => 1);
    tasks.spawn("fails", () => Promise.reject(new Error("no")));
    tasks.spawn("cancelled", () => new Promise(() => {}));
    tasks.spawn("cancelled-early", () => 1).cancel();
    tasks.spawn({ name: "times-out", timeoutMs: 10 }, () => new Promise(() => {}));
    await turn();
    tasks.cancelWhere({ name: "cancelled" });
    await clock.advance(10);
    look();
    expect(new Set(moves.map(([from, to]) => `${from} → ${to}`))).toEqual(
      new Set([
        "queued → running",
        "queued → cancelled",
        "running → completed",
        "running → failed",
        "running → cancelled",
      ]),
    );
    for (const [from, to] of moves) expect(legalTransitions[from]).toContain(to);
  });
});
