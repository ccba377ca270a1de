import { describe, expect, test } from "vitest";
import { InvalidOptionError } from "taskscope";
import type { SubscribeOptions } from "taskscope";
import { MAX_SUBSCRIBER_NAMES } from "../../src/events/index.ts";
import { OTHER_NAME } from "../../src/metrics/index.ts";
import { deferred, turn } from "../tracker/support.ts";
import { collect, makeHub } from "./support.ts";

describe("publishing", () => {
  test("says when, by the wall clock, and about which task", async () => {
    const { hub, publish, clock } = makeHub();
    const { events } = collect(hub);
    await clock.advance(250);
    publish("first");
    clock.jumpWallClock(3_600_000);
    publish("second");
    await turn();
    expect(events).toEqual([
      {
        kind: "progress",
        seq: 1,
        atMs: 1_700_000_000_250,
        id: 1,
        name: "first",
        type: "t",
        attempt: 1,
        done: 1,
        total: undefined,
      },
      expect.objectContaining({ seq: 2, atMs: 1_700_003_600_250, name: "second" }),
    ]);
  });

  test("numbers nothing, and reads no clock, while nobody listens", async () => {
    const { hub, publish, clock } = makeHub();
    clock.now = () => expect.fail("read");
    publish();
    expect(hub.isListening).toBe(false);
    Reflect.deleteProperty(clock, "now");
    const { events, end } = collect(hub);
    expect(hub.isListening).toBe(true);
    publish();
    await turn();
    end();
    publish();
    collect(hub, {}, (event) => void events.push(event));
    publish();
    await turn();
    expect(events.map(({ seq }) => seq)).toEqual([1, 2]);
  });
});

describe("options of a subscription", () => {
  const bad: [string, unknown, RegExp][] = [
    ["no name", {}, /subscribe\.name/],
    ["a name that is no string", { name: 1 }, /subscribe\.name/],
    ["no room", { name: "s", capacity: 0 }, /subscribe\.capacity/],
    ["half an event", { name: "s", capacity: 1.5 }, /subscribe\.capacity/],
    ["an unknown policy", { name: "s", overflow: "block" }, /subscribe\.overflow/],
    ["an unknown option", { name: "s", filter: "x" }, /subscribe\.filter/],
  ];
  test.each(bad)("with %s are refused by name", (_, options, message) => {
    const { hub } = makeHub();
    const subscribe = (): unknown => hub.subscribe(options as SubscribeOptions, () => {});
    expect(subscribe).toThrow(InvalidOptionError);
    expect(subscribe).toThrow(message);
    expect(hub.isListening).toBe(false);
    expect([...hub.dropped]).toEqual([]);
  });

  test("need a function", () => {
    expect(() => makeHub().hub.subscribe({ name: "s" }, undefined as never)).toThrow(/onEvent/);
  });
});

describe("drop counts", () => {
  test("stand at 0 from the subscription on, outlive it, and add up for one name", async () => {
    const { hub, publish } = makeHub();
    const first = collect(hub, { name: "same", capacity: 1 });
    expect([...hub.dropped]).toEqual([["same", 0]]);
    publish();
    publish();
    first.end();
    collect(hub, { name: "same", capacity: 1 });
    publish();
    publish();
    await turn();
    expect([...hub.dropped]).toEqual([["same", 2]]);
  });

  test("are kept for a bounded number of names, each bounded in length", () => {
    const { hub, publish } = makeHub();
    for (let index = 0; index < MAX_SUBSCRIBER_NAMES + 50; index += 1) {
      collect(hub, { name: `${"x".repeat(200)}${index}`, capacity: 1 }).end();
      collect(hub, { name: `client-${index}`, capacity: 1 });
    }
    publish();
    publish();
    expect(hub.dropped.size).toBe(MAX_SUBSCRIBER_NAMES + 1);
    expect(Math.max(...[...hub.dropped.keys()].map(({ length }) => length))).toBe(128);
    const sum = [...hub.dropped.values()].reduce((total, count) => total + count, 0);
    expect(sum).toBe(MAX_SUBSCRIBER_NAMES + 50);
    expect(hub.dropped.get(OTHER_NAME)).toBeGreaterThan(0);
  });
});

describe("closing", () => {
  test("hands over what waits, asynchronous subscribers included, then ends all", async () => {
    const { hub, publish } = makeHub();
    const quick = collect(hub, { name: "quick" });
    let dealtWith = 0;
    collect(hub, { name: "slow" }, async () => {
      await turn();
      dealtWith += 1;
    });
    for (let index = 0; index < 5; index += 1) publish();
    await hub.close(1_000);
    expect(quick.events).toHaveLength(5);
    expect(dealtWith).toBe(5);
    expect(hub.isListening).toBe(false);
  });

  test("does not wait for what comes after it began", async () => {
    const { hub, publish } = makeHub();
    const endless = collect(hub, {}, () => publish());
    publish();
    await hub.close(1_000);
    expect(endless.events).toHaveLength(1);
  });

  test("waits for a subscriber that is stalled until its bound, and says so", async () => {
    const { hub, publish, clock, warnings } = makeHub();
    collect(hub, { name: "stalled" }, () => new Promise<void>(() => {}));
    const calm = collect(hub, { name: "calm" });
    publish();
    await turn();
    let isClosed = false;
    const closing = hub.close(1_000).then(() => (isClosed = true));
    expect(clock.pending.keptAlive).toBe(1);
    await clock.advance(999);
    expect(isClosed).toBe(false);
    await clock.advance(1);
    await closing;
    expect(warnings).toEqual(["Subscriber stalled did not deal with its events within 1000 ms"]);
    expect(calm.events).toHaveLength(1);
    expect(clock.pending.total).toBe(0);
  });

  test("sets no timer and warns of nobody when nothing waits", async () => {
    const { hub, publish, clock, warnings } = makeHub();
    collect(hub);
    publish();
    await turn();
    await hub.close(1_000);
    await makeHub().hub.close(1_000);
    expect(clock.pending.total).toBe(0);
    expect(warnings).toEqual([]);
  });

  test("is over at once for one who ends the subscription meanwhile", async () => {
    const { hub, publish } = makeHub();
    const gate = deferred<void>();
    const stalled = collect(hub, {}, () => gate.promise);
    publish();
    await turn();
    const closing = hub.close(Number.POSITIVE_INFINITY);
    stalled.end();
    await closing;
  });

  test("leaves the hub usable: wrapped functions go on after a shutdown", async () => {
    const { hub, publish } = makeHub();
    await hub.close(0);
    const late = collect(hub);
    publish();
    await turn();
    expect(late.events).toHaveLength(1);
  });
});
