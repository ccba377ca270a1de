import { expect, test } from "vitest";
import { createTracker } from "taskscope";
import type { Tracker } from "taskscope";
import { ManualClock } from "taskscope/testing";
import { expectFlat, settledHeapBytes } from "./gc-heap.ts";
import { balanced, deferred, turn } from "./support.ts";

/** Holds bodies back and lets all of those go that it holds. */
class Gate {
  #hold = deferred<void>();

  /** Settles at the next {@link open}. */
  get opened(): Promise<void> {
    return this.#hold.promise;
  }

  open(): void {
    const { resolve } = this.#hold;
    this.#hold = deferred<void>();
    resolve();
  }
}

/** Waiting tasks as they should start: higher priority first, then who came first. */
class ExpectedOrder {
  static readonly LEVELS = 10;
  readonly #waiting = Array.from({ length: ExpectedOrder.LEVELS }, () => ({ ids: [] as number[], next: 0 }));
  size = 0;
  wrong = 0;

  wait(id: number, priority: number): void {
    this.#waiting[priority]?.ids.push(id);
    this.size += 1;
  }

  start(id: number): void {
    const first = this.#waiting.findLast(({ ids, next }) => next < ids.length);
    if (first === undefined || first.ids[first.next] !== id) this.wrong += 1;
    else first.next += 1;
    this.size -= 1;
  }
}

const SLOTS = 1_000;

/** Puts `count` tasks through the slots of a tracker, with `longest` of them waiting at the most. */
async function putThrough(tasks: Tracker, count: number, longest: number): Promise<void> {
  const gate = new Gate();
  const order = new ExpectedOrder();
  const startsById = new Uint8Array(count);
  let inBodies = 0;
  let most = 0;
  let ended = 0;
  const start = (id: number): void => {
    const priority = (id * 7 + (id >> 4)) % ExpectedOrder.LEVELS;
    const waits = id >= SLOTS;
    if (waits) order.wait(id, priority);
    tasks.spawn({ name: "queued", type: "queued", priority }, async () => {
      if (waits) order.start(id);
      startsById[id] = (startsById[id] ?? 0) + 1;
      most = Math.max(most, (inBodies += 1));
      await gate.opened;
      inBodies -= 1;
      ended += 1;
    });
  };
  let fed = 0;
  while (ended < count) {
    // The queue is long when it is filled up, and not empty: late ones of high priority overtake.
    if (order.size <= longest / 2) while (fed < count && order.size < longest) start(fed++);
    await turn();
    const { running, queued } = tasks.stats().total;
    if (inBodies !== running || running > SLOTS || queued !== order.size) {
      expect({ running, queued }).toEqual({ running: inBodies, queued: order.size });
    }
    gate.open();
    await turn();
  }
  expect({ most, wrong: order.wrong, inBodies, ended }).toEqual({
    most: SLOTS,
    wrong: 0,
    inBodies: 0,
    ended: count,
  });
  expect(startsById.every((starts) => starts === 1)).toBe(true);
}

test("1,000,000 tasks go through 1,000 slots: none is lost, order by priority is kept, the memory comes back", async () => {
  const tasks = createTracker({
    clock: new ManualClock(),
    limits: { maxRunning: SLOTS, maxQueued: Number.POSITIVE_INFINITY },
  });
  await putThrough(tasks, 250_000, 200_000);
  tasks.sweep(0);
  const beforeBytes = await settledHeapBytes();
  await putThrough(tasks, 1_000_000, 200_000);
  expect(tasks.stats().total).toMatchObject({
    spawned: 1_250_000,
    completed: 1_250_000,
    queued: 0,
    running: 0,
    failed: 0,
    cancelled: 0,
    rejected: 0,
  });
  balanced(tasks);
  tasks.sweep(0);
  expectFlat(beforeBytes, await settledHeapBytes());
}, 240_000);

const TYPE_LIMITS = [1_000, 3_000, 5_000, 7_000, 20_000, 20_000, 20_000, 20_000] as const;
const TOTAL = 50_000;
const EACH = 10_000;

test("50,000 tasks of eight types run at once under limits in total and by type, and all come back", async () => {
  const typeNames = TYPE_LIMITS.map((_, index) => `type-${index}`);
  const limitOf = new Map(typeNames.map((type, index) => [type, TYPE_LIMITS[index] ?? 0]));
  const tasks = createTracker({
    clock: new ManualClock(),
    limits: { maxRunning: TOTAL, maxQueued: Number.POSITIVE_INFINITY },
    types: Object.fromEntries([...limitOf].map(([type, maxRunning]) => [type, { maxRunning }])),
  });
  let holds: (() => void)[] = [];
  const inBodies = new Map(typeNames.map((type) => [type, 0]));
  let exceeded = 0;
  const startRound = (): void => {
    for (let index = 0; index < EACH; index += 1) {
      for (const type of typeNames) {
        tasks.spawn({ name: "held", type }, async () => {
          const now = (inBodies.get(type) ?? 0) + 1;
          inBodies.set(type, now);
          if (now > (limitOf.get(type) ?? 0)) exceeded += 1;
          await new Promise<void>((resolve) => holds.push(resolve));
          inBodies.set(type, (inBodies.get(type) ?? 0) - 1);
        });
      }
    }
  };
  const sumInBodies = (): number => [...inBodies.values()].reduce((sum, count) => sum + count, 0);
  const round = async (rounds: number): Promise<void> => {
    startRound();
    await turn();
    // The first four types are held by their own limits, the others share what is left of the total.
    const left = (TOTAL - 16_000) / 4;
    expect([...inBodies.values()]).toEqual([1_000, 3_000, 5_000, 7_000, left, left, left, left]);
    expect(tasks.stats().total).toMatchObject({ running: TOTAL, queued: EACH * typeNames.length - TOTAL });
    expect(tasks.count({ state: "running" })).toBe(TOTAL);
    expect(tasks.count({ state: "queued", type: "type-0" })).toBe(EACH - 1_000);
    balanced(tasks);
    for (let step = 0; holds.length > 0; step += 1) {
      // Every third hold, from another end each time: slots come free in no order of type.
      const going = holds.filter((_, index) => (index + step) % 3 === 0);
      holds = holds.filter((_, index) => (index + step) % 3 !== 0);
      for (const go of going) go();
      await turn();
      const { total, byType } = tasks.stats();
      expect(total.running).toBe(sumInBodies());
      expect(total.running).toBeLessThanOrEqual(TOTAL);
      for (const [type, limit] of limitOf) expect(byType[type]?.running).toBeLessThanOrEqual(limit);
    }
    expect(tasks.stats().total).toMatchObject({
      spawned: EACH * typeNames.length * rounds,
      completed: EACH * typeNames.length * rounds,
      running: 0,
      queued: 0,
    });
    expect(sumInBodies() + exceeded).toBe(0);
    balanced(tasks);
    tasks.sweep(0);
  };
  await round(1);
  const beforeBytes = await settledHeapBytes();
  await round(2);
  expectFlat(beforeBytes, await settledHeapBytes());
}, 240_000);
