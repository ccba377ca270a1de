import { describe, expect, test } from "vitest";
import { deferred, turn } from "../tracker/support.ts";
import { collect, makeHub } from "./support.ts";

const seqs = ({ events }: ReturnType<typeof collect>): number[] => events.map(({ seq }) => seq);

describe("delivery", () => {
  test("comes later, in order, numbered without gaps", async () => {
    const { hub, publish } = makeHub();
    const subscriber = collect(hub);
    for (let index = 0; index < 100; index += 1) publish(`n${index}`);
    expect(subscriber.events).toEqual([]);
    await null;
    expect(subscriber.events).toEqual([]);
    await turn();
    expect(seqs(subscriber)).toEqual(Array.from({ length: 100 }, (_, index) => index + 1));
    expect(subscriber.events[99]?.name).toBe("n99");
    expect(new Set(subscriber.dropped)).toEqual(new Set([0]));
  });

  test("to one who subscribes later starts with the next event, and counts nothing as dropped", async () => {
    const { hub, publish } = makeHub();
    const first = collect(hub);
    publish();
    publish();
    const second = collect(hub);
    publish();
    await turn();
    expect(seqs(first)).toEqual([1, 2, 3]);
    expect(seqs(second)).toEqual([3]);
    expect(second.dropped).toEqual([0]);
  });

  test("waits for the promise of a subscriber before its next call, and nobody else waits", async () => {
    const { hub, publish } = makeHub();
    const gate = deferred<void>();
    const slow = collect(hub, {}, () => gate.promise);
    const quick = collect(hub);
    publish();
    publish();
    await turn();
    expect(seqs(slow)).toEqual([1]);
    expect(seqs(quick)).toEqual([1, 2]);
    gate.resolve();
    await turn();
    expect(seqs(slow)).toEqual([1, 2]);
  });

  test("of events that the subscriber itself causes waits for the next turn, so that the loop goes on", async () => {
    const { hub, publish } = makeHub();
    const sync = collect(hub, {}, () => publish());
    publish();
    for (let index = 1; index < 5; index += 1) {
      await turn();
      expect(sync.events.length).toBe(index);
    }
    sync.end();
    const asynchronous = collect(hub, {}, async () => {
      await null;
      publish();
    });
    publish();
    for (let index = 0; index < 5; index += 1) await turn();
    expect(asynchronous.events.length).toBeGreaterThan(2);
    expect(asynchronous.events.length).toBeLessThan(6);
    asynchronous.end();
  });

  test("gives frozen events: one subscriber cannot change what another sees", async () => {
    const { hub, publish } = makeHub();
    const rude = collect(hub, { name: "rude" }, (event) => {
      (event as { name: string }).name = "changed";
    });
    const calm = collect(hub);
    publish("as it is");
    await turn();
    expect(rude.events).toHaveLength(1);
    expect(calm.events[0]?.name).toBe("as it is");
  });
});

describe("a full queue", () => {
  test("drops the oldest: what is left is the newest, and says how many went before", async () => {
    const { hub, publish } = makeHub();
    const subscriber = collect(hub, { name: "slow", capacity: 3 });
    for (let index = 0; index < 10; index += 1) publish();
    await turn();
    expect(seqs(subscriber)).toEqual([8, 9, 10]);
    expect(subscriber.dropped).toEqual([7, 0, 0]);
    expect(hub.dropped.get("slow")).toBe(7);
  });

  test("drops the newest: what is left is the oldest, and the next event says how many are missing", async () => {
    const { hub, publish } = makeHub();
    const subscriber = collect(hub, { name: "slow", capacity: 3, overflow: "drop-newest" });
    for (let index = 0; index < 10; index += 1) publish();
    await turn();
    expect(seqs(subscriber)).toEqual([1, 2, 3]);
    expect(hub.dropped.get("slow")).toBe(7);
    publish();
    await turn();
    expect(seqs(subscriber)).toEqual([1, 2, 3, 11]);
    expect(subscriber.dropped).toEqual([0, 0, 0, 7]);
  });

  test.each(["drop-oldest", "drop-newest"] as const)(
    "with %s tells every drop once, while an asynchronous subscriber is busy",
    async (overflow) => {
      const { hub, publish } = makeHub();
      const gates = Array.from({ length: 40 }, () => deferred<void>());
      let calls = 0;
      const slow = collect(hub, { name: "slow", capacity: 4, overflow }, () => gates[calls++]?.promise);
      for (const gate of gates) {
        for (let index = 0; index < 7; index += 1) publish();
        await turn();
        gate.resolve();
        await turn();
      }
      await turn();
      publish();
      await turn();
      const told = slow.dropped.reduce((sum, count) => sum + count, 0);
      expect(told).toBe(hub.dropped.get("slow"));
      expect(told + slow.events.length).toBe(40 * 7 + 1);
      expect(seqs(slow)).toEqual(seqs(slow).toSorted((a, b) => a - b));
    },
  );

  test("is full at its capacity, not before", async () => {
    for (const capacity of [1, 2, 15, 16, 17, 33, 1_024]) {
      const { hub, publish } = makeHub();
      const subscriber = collect(hub, { name: "s", ...(capacity === 1_024 ? {} : { capacity }) });
      for (let index = 0; index < capacity; index += 1) publish();
      expect(hub.dropped.get("s")).toBe(0);
      publish();
      expect(hub.dropped.get("s")).toBe(1);
      await turn();
      expect(subscriber.events).toHaveLength(capacity);
    }
  });

  test("of one subscriber leaves the queues of the others alone", async () => {
    const { hub, publish } = makeHub();
    collect(hub, { name: "stalled", capacity: 1 }, () => new Promise<void>(() => {}));
    const calm = collect(hub, { name: "calm" });
    for (let index = 0; index < 50; index += 1) publish();
    await turn();
    expect(calm.events).toHaveLength(50);
    expect([...hub.dropped]).toEqual([
      ["stalled", 49],
      ["calm", 0],
    ]);
  });
});

describe("trouble", () => {
  test.each([
    [
      "throws",
      () => {
        throw new Error("rude");
      },
    ],
    ["rejects", () => Promise.reject(new Error("rude"))],
    // oxlint-disable-next-line unicorn/no-thenable -- thenables are what this is about
    ["gives a thenable that throws", () => ({ then: () => expect.fail("then") })],
    [
      "gives an object whose then cannot be read",
      // oxlint-disable-next-line unicorn/no-thenable -- thenables are what this is about
      () => Object.defineProperty({}, "then", { get: () => expect.fail("get") }) as PromiseLike<void>,
    ],
  ])("a subscriber that %s goes on getting events, and hurts nobody", async (_, rudely) => {
    const { hub, publish, warnings } = makeHub();
    const rude = collect(hub, { name: "rude" }, rudely as () => PromiseLike<void>);
    const calm = collect(hub);
    for (let index = 0; index < 3; index += 1) publish();
    await turn();
    await turn();
    expect(seqs(rude)).toEqual([1, 2, 3]);
    expect(seqs(calm)).toEqual([1, 2, 3]);
    expect(warnings).toEqual([
      "Subscriber rude threw (1 so far); tasks and other subscribers are not affected",
    ]);
  });

  test("is counted each time and reported at most once a minute", async () => {
    const { hub, publish, warnings, clock } = makeHub();
    collect(hub, { name: "rude" }, () => {
      throw new Error("rude");
    });
    for (let index = 0; index < 5; index += 1) publish();
    await clock.advance(59_999);
    publish();
    await turn();
    expect(warnings).toHaveLength(1);
    await clock.advance(1);
    publish();
    await turn();
    expect(warnings).toHaveLength(2);
    expect(warnings[1]).toContain("(7 so far)");
  });
});

describe("ending a subscription", () => {
  test("drops what waits, and doing it twice does nothing", async () => {
    const { hub, publish } = makeHub();
    const ended = collect(hub);
    const staying = collect(hub);
    publish();
    ended.end();
    ended.end();
    publish();
    await turn();
    expect(ended.events).toEqual([]);
    expect(seqs(staying)).toEqual([1, 2]);
    staying.end();
    expect(hub.isListening).toBe(false);
  });

  test("in the midst of a delivery: no call begins after it", async () => {
    const { hub, publish } = makeHub();
    const self = collect(hub, {}, () => {
      if (self.events.length === 2) self.end();
    });
    const other = collect(hub, { name: "other" });
    const ending = collect(hub, { name: "ending" }, () => other.end());
    for (let index = 0; index < 5; index += 1) publish();
    await turn();
    expect(seqs(self)).toEqual([1, 2]);
    expect(seqs(ending)).toEqual([1, 2, 3, 4, 5]);
    publish();
    await turn();
    expect(seqs(other)).toEqual([1, 2, 3, 4, 5]);
  });

  test("while its promise is pending: that call is the last", async () => {
    const { hub, publish } = makeHub();
    const gate = deferred<void>();
    const subscriber = collect(hub, {}, () => gate.promise);
    publish();
    publish();
    await turn();
    subscriber.end();
    gate.resolve();
    await turn();
    expect(seqs(subscriber)).toEqual([1]);
  });

  test("a subscriber that subscribes another in its call: that one hears of what comes after", async () => {
    const { hub, publish } = makeHub();
    let inner: ReturnType<typeof collect> | undefined;
    collect(hub, {}, () => void (inner ??= collect(hub)));
    publish();
    publish();
    await turn();
    publish();
    await turn();
    expect(inner === undefined ? [] : seqs(inner)).toEqual([3]);
  });
});
