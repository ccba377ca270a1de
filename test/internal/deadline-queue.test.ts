import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { DeadlineQueue } from "../../src/internal/index.ts";
import type { Deadline } from "../../src/internal/index.ts";
import { ManualClock } from "taskscope/testing";

class Noted implements Deadline {
  heapIndex = -1;
  firedAtMs: number | undefined;
  readonly dueMs: number;
  readonly #clock: ManualClock;

  constructor(dueMs: number, clock: ManualClock) {
    this.dueMs = dueMs;
    this.#clock = clock;
  }

  onDue(): void {
    this.firedAtMs = this.#clock.now();
  }
}

const queueOn = (clock: ManualClock): DeadlineQueue => new DeadlineQueue(clock, (body) => body(), false);

describe("a deadline queue", () => {
  test("fires each deadline at its time, in whatever order they come and go", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ dueMs: fc.integer({ min: 0, max: 50 }), isRemoved: fc.boolean() }), {
          maxLength: 60,
        }),
        async (plan) => {
          const clock = new ManualClock();
          const queue = queueOn(clock);
          const deadlines = plan.map(({ dueMs }) => new Noted(dueMs, clock));
          for (const deadline of deadlines) queue.add(deadline);
          for (const [index, { isRemoved }] of plan.entries()) {
            const deadline = deadlines[index];
            if (isRemoved && deadline !== undefined) queue.remove(deadline);
          }
          await clock.advance(60);
          for (const [index, { dueMs, isRemoved }] of plan.entries()) {
            expect(deadlines[index]?.firedAtMs).toBe(isRemoved ? undefined : dueMs);
          }
          expect(queue.size).toBe(0);
        },
      ),
      { numRuns: 200 },
    );
  });

  test("needs one timer for many deadlines, none of which keeps the process running", () => {
    const clock = new ManualClock();
    const queue = queueOn(clock);
    for (let index = 0; index < 1_000; index += 1) queue.add(new Noted(1_000 + index, clock));
    expect(clock.pending).toEqual({ total: 1, keptAlive: 0 });
  });

  test("a deadline may add or remove others while it fires", async () => {
    const clock = new ManualClock();
    const queue = queueOn(clock);
    const later = new Noted(20, clock);
    const removed = new Noted(10, clock);
    const first: Deadline = {
      dueMs: 10,
      heapIndex: -1,
      onDue: () => {
        queue.remove(removed);
        queue.add(later);
      },
    };
    queue.add(first);
    queue.add(removed);
    await clock.advance(30);
    expect([later.firedAtMs, removed.firedAtMs]).toEqual([20, undefined]);
  });

  test("removing what is not queued does nothing", () => {
    const clock = new ManualClock();
    const queue = queueOn(clock);
    const deadline = new Noted(5, clock);
    queue.remove(deadline);
    queue.add(deadline);
    queue.remove(deadline);
    queue.remove(deadline);
    expect(queue.size).toBe(0);
  });
});
