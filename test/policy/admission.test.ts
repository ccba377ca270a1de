import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { DeadlineQueue } from "../../src/internal/index.ts";
import { Admission } from "../../src/policy/index.ts";
import type { AdmissionLimits, LaneLimits, Ticket } from "../../src/policy/index.ts";
import { ManualClock } from "taskscope/testing";

const unlimited: AdmissionLimits = {
  maxRunning: Infinity,
  maxQueued: Infinity,
  maxTracked: Infinity,
  maxUnresponsive: Infinity,
  ageingMs: 10_000,
};
const open: LaneLimits = { maxRunning: Infinity, startsPerSecond: Infinity };

function make(limits: Partial<AdmissionLimits>, lanes: Readonly<Record<string, Partial<LaneLimits>>> = {}) {
  const clock = new ManualClock();
  const granted: string[] = [];
  const admission = new Admission(
    clock,
    new DeadlineQueue(clock, (body) => body(), true),
    { ...unlimited, ...limits },
    (lane) => ({ ...open, ...lanes[lane] }),
  );
  const wait = (name: string, lane = "a", priority = 0): Ticket => {
    const ticket: Ticket = {
      lane,
      priority,
      rank: 0,
      order: 0,
      heapIndex: -1,
      onGranted: () => void granted.push(name),
    };
    admission.wait(ticket);
    return ticket;
  };
  return { clock, admission, granted, wait };
}

describe("slots", () => {
  test("are given while there are any, in total and for a lane", () => {
    const { admission } = make({ maxRunning: 3 }, { a: { maxRunning: 2 } });
    expect([admission.tryTake("a"), admission.tryTake("a"), admission.tryTake("a")]).toEqual([
      true,
      true,
      false,
    ]);
    expect([admission.tryTake("b"), admission.tryTake("b")]).toEqual([true, false]);
  });

  test("that come free go to whoever waits, never past them", () => {
    const { admission, granted, wait } = make({ maxRunning: 1 });
    admission.tryTake("a");
    wait("first");
    wait("second");
    expect(admission.tryTake("a")).toBe(false);
    admission.release("a", true);
    expect(granted).toEqual(["first"]);
    admission.release("a", true);
    admission.release("a", true);
    expect(granted).toEqual(["first", "second"]);
    expect(admission.tryTake("a")).toBe(true);
  });

  test("of a full lane do not hold up other lanes", () => {
    const { admission, granted, wait } = make({ maxRunning: 2 }, { slow: { maxRunning: 1 } });
    admission.tryTake("slow");
    admission.tryTake("fast");
    wait("slow one", "slow", 100);
    wait("fast one", "fast");
    admission.release("fast", true);
    expect(granted).toEqual(["fast one"]);
  });
});

describe("the queue", () => {
  test("goes by priority, then by age", () => {
    const { admission, granted, wait } = make({ maxRunning: 1 });
    admission.tryTake("a");
    wait("low", "a", -1);
    wait("normal 1");
    wait("high", "b", 5);
    wait("normal 2");
    for (let index = 0; index < 4; index += 1) admission.release("a", true);
    expect(granted).toEqual(["high", "normal 1", "normal 2", "low"]);
  });

  test("waiting outweighs priority in the end: nobody starves", async () => {
    const { admission, granted, wait, clock } = make({ maxRunning: 1, ageingMs: 100 });
    admission.tryTake("a");
    wait("old and low", "a", 0);
    await clock.advance(301);
    wait("new and high", "a", 3);
    admission.release("a", true);
    expect(granted).toEqual(["old and low"]);
  });

  test("can be left, and is bounded", () => {
    const { admission, granted, wait } = make({ maxRunning: 1, maxQueued: 2 });
    admission.tryTake("a");
    const first = wait("first");
    wait("second");
    expect(admission.refusal("a")).toBe("queue_full");
    expect(admission.withdraw(first)).toBe(true);
    expect(admission.withdraw(first)).toBe(false);
    expect(admission.refusal("a")).toBeUndefined();
    admission.release("a", true);
    expect(granted).toEqual(["second"]);
  });

  test("of length 0 refuses with limit", () => {
    const { admission } = make({ maxRunning: 1, maxQueued: 0 });
    admission.tryTake("a");
    expect(admission.refusal("a")).toBe("limit");
  });
});

describe("a rate", () => {
  test("lets a second's worth start at once, then one at a time", async () => {
    const { admission, granted, wait, clock } = make({}, { a: { startsPerSecond: 2 } });
    expect([admission.tryTake("a"), admission.tryTake("a"), admission.tryTake("a")]).toEqual([
      true,
      true,
      false,
    ]);
    wait("third");
    wait("fourth");
    await clock.advance(499);
    expect(granted).toEqual([]);
    await clock.advance(2);
    expect(granted).toEqual(["third"]);
    await clock.advance(500);
    expect(granted).toEqual(["third", "fourth"]);
  });

  test("below one a second lets one start and the next only when it is due", async () => {
    const { admission, granted, wait, clock } = make({}, { a: { startsPerSecond: 0.1 } });
    expect(admission.tryTake("a")).toBe(true);
    wait("next");
    await clock.advance(9_990);
    expect(granted).toEqual([]);
    await clock.advance(20);
    expect(granted).toEqual(["next"]);
  });

  test("refuses as such when nothing may wait", () => {
    const { admission } = make({ maxQueued: 0 }, { a: { startsPerSecond: 1 } });
    admission.tryTake("a");
    expect(admission.refusal("a")).toBe("rate");
  });
});

test("new limits hold from the next decision on", () => {
  const { admission, granted, wait } = make({ maxRunning: 1 });
  admission.tryTake("a");
  wait("first");
  wait("second");
  admission.configure({ ...unlimited, maxRunning: 2 }, () => open);
  expect(granted).toEqual(["first"]);
  admission.configure({ ...unlimited, maxRunning: 1 }, () => open);
  admission.release("a", true);
  expect(granted).toEqual(["first"]);
  admission.release("a", true);
  expect(granted).toEqual(["first", "second"]);
});

test("a rate that is set on a lane in use takes hold, and lets tasks start", async () => {
  const { admission, granted, wait, clock } = make({});
  admission.tryTake("a");
  admission.configure(unlimited, () => ({ ...open, startsPerSecond: 1 }));
  expect([admission.tryTake("a"), admission.tryTake("a")]).toEqual([true, false]);
  wait("next");
  await clock.advance(1_001);
  expect(granted).toEqual(["next"]);
});

test("a raised rate reaches who waits for the old one", async () => {
  const limits = { a: 0.25 };
  const { admission, granted, wait, clock } = make({}, { a: { startsPerSecond: limits.a } });
  admission.tryTake("a");
  wait("next");
  admission.configure(unlimited, () => ({ ...open, startsPerSecond: 1 }));
  await clock.advance(1_001);
  expect(granted).toEqual(["next"]);
});

test("a lane that waits for a total slot saves up no starts beyond its rate", async () => {
  const { admission, granted, wait, clock } = make({ maxRunning: 1 }, { rated: { startsPerSecond: 1 } });
  admission.tryTake("slow");
  wait("first", "rated");
  wait("second", "rated");
  await clock.advance(10_000);
  admission.configure({ ...unlimited, maxRunning: 5 }, (lane) => ({
    ...open,
    ...(lane === "rated" ? { startsPerSecond: 1 } : {}),
  }));
  expect(granted).toEqual(["first"]);
  await clock.advance(1_001);
  expect(granted).toEqual(["first", "second"]);
});

test("pressure is the greatest share of a limit", () => {
  const { admission, wait } = make({ maxRunning: 10, maxQueued: 4 }, { a: { maxRunning: 2 } });
  expect(admission.pressure()).toBe(0);
  admission.tryTake("a");
  expect([admission.pressure(), admission.pressure("a"), admission.pressure("b")]).toEqual([0.5, 0.5, 0.1]);
  admission.tryTake("a");
  wait("waits");
  expect(admission.pressure("a")).toBe(1);
});

test("whatever comes and goes, no limit is exceeded and nobody is forgotten", () => {
  const laneNames = ["a", "b", "c"] as const;
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 4 }),
      fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 3, maxLength: 3 }),
      fc.array(
        fc.record({
          what: fc.constantFrom("ask", "ask", "release", "leave"),
          lane: fc.constantFrom(...laneNames),
          priority: fc.integer({ min: -2, max: 2 }),
        }),
        { maxLength: 120 },
      ),
      (maxRunning, laneMax, steps) => {
        const lanes = Object.fromEntries(
          laneNames.map((lane, index) => [lane, { maxRunning: laneMax[index] ?? 1 }]),
        );
        const { admission } = make({ maxRunning }, lanes);
        const running: string[] = [];
        const waiting: Ticket[] = [];
        const ask = (lane: string, priority: number): void => {
          if (admission.tryTake(lane)) {
            running.push(lane);
            return;
          }
          const ticket: Ticket = {
            lane,
            priority,
            rank: 0,
            order: 0,
            heapIndex: -1,
            onGranted: () => {
              waiting.splice(waiting.indexOf(ticket), 1);
              running.push(lane);
            },
          };
          waiting.push(ticket);
          admission.wait(ticket);
        };
        for (const { what, lane, priority } of steps) {
          if (what === "ask") ask(lane, priority);
          else if (what === "leave") {
            const ticket = waiting.pop();
            if (ticket !== undefined) admission.withdraw(ticket);
          } else {
            const index = running.indexOf(lane);
            if (index >= 0) {
              running.splice(index, 1);
              admission.release(lane, true);
            }
          }
          expect(running.length).toBeLessThanOrEqual(maxRunning);
          for (const [index, name] of laneNames.entries()) {
            expect(running.filter((each) => each === name).length).toBeLessThanOrEqual(laneMax[index] ?? 1);
          }
          expect(admission.waiting).toBe(waiting.length);
          // Nobody waits while a slot that they could have is free.
          if (running.length < maxRunning) {
            for (const ticket of waiting) {
              const used = running.filter((each) => each === ticket.lane).length;
              expect(used).toBe(lanes[ticket.lane]?.maxRunning);
            }
          }
        }
      },
    ),
    { numRuns: 500 },
  );
});
