import { fixed } from "taskscope";
import { ManualClock } from "taskscope/testing";
import { describe, expect, test } from "vitest";
import { makeApi, turn, untilCancelled } from "./api-client.ts";

interface Message {
  readonly id: string | undefined;
  readonly event: string;
  // oxlint-disable-next-line typescript/no-explicit-any -- what it should be is what the tests say
  readonly data: any;
}

/** Reads server-sent events as the standard says, one message after the other. */
class EventReader {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  readonly #decoder = new TextDecoder();
  #text = "";

  constructor(response: Response) {
    expect(response.headers.get("content-type")).toBe("text/event-stream; charset=utf-8");
    this.#reader = (response.body as ReadableStream<Uint8Array>).getReader();
  }

  /** The next message; comments and fields without data are passed over. `undefined` at the end. */
  async next(): Promise<Message | undefined> {
    for (;;) {
      const end = this.#text.indexOf("\n\n");
      if (end < 0) {
        const { done, value } = await this.#reader.read();
        if (done) return undefined;
        this.#text += this.#decoder.decode(value, { stream: true });
        continue;
      }
      const block = this.#text.slice(0, end);
      this.#text = this.#text.slice(end + 2);
      const fields = new Map(
        block
          .split("\n")
          .map((line) => [line.split(":", 1)[0] ?? "", line.slice(line.indexOf(":") + 1).trimStart()]),
      );
      const data = fields.get("data");
      if (data !== undefined)
        return { id: fields.get("id"), event: fields.get("event") ?? "message", data: JSON.parse(data) };
    }
  }

  cancel(): Promise<void> {
    return this.#reader.cancel();
  }
}

function setUp(
  options: Parameters<typeof makeApi>[0] = {},
  clock = new ManualClock(),
): ReturnType<typeof makeApi> & {
  clock: ManualClock;
  open: (query?: string, headers?: Record<string, string>) => Promise<EventReader>;
} {
  const made = makeApi(options, { clock });
  const open = async (query = "", headers: Record<string, string> = {}): Promise<EventReader> =>
    new EventReader(await made.api.fetch(new Request(`http://localhost/events${query}`, { headers })));
  return { ...made, clock, open };
}

describe("GET /events", { timeout: 240_000 }, () => {
  test.each([
    ["", ["spawned a", "started a", "completed a", "spawned b", "started b", "failed b"]],
    ["?name=b", ["spawned b", "started b", "failed b"]],
    ["?type=y", ["spawned b", "started b", "failed b"]],
    ["?kind=completed,failed", ["completed a", "failed b"]],
    ["?kind=completed&name=a", ["completed a"]],
  ])("%s gives what it asks for, in order", async (query, wanted) => {
    const { tasks, open } = setUp();
    const reader = await open(query);
    await tasks.run({ name: "a", type: "x" }, () => 1);
    await tasks.run({ name: "b", type: "y" }, () => Promise.reject(new Error("no"))).catch(() => {});
    const got: string[] = [];
    for (const _ of wanted) {
      const message = await reader.next();
      got.push(`${message?.data.kind} ${message?.data.name}`);
    }
    expect(got).toEqual(wanted);
  });

  test("of one task gives that task's", async () => {
    const { tasks, open } = setUp();
    const wanted = tasks.spawn("wanted", untilCancelled);
    const other = tasks.spawn("other", untilCancelled);
    await turn();
    const reader = await open(`?id=${wanted.id}`);
    other.cancel();
    wanted.cancel("enough");
    expect((await reader.next())?.data).toMatchObject({
      kind: "cancel-requested",
      id: wanted.id,
      by: "request",
    });
    expect((await reader.next())?.data).toMatchObject({
      kind: "cancelled",
      cancelledBy: "request",
      reason: "enough",
    });
  });

  test("goes on after Last-Event-ID, without a gap and without repeating any", async () => {
    const { tasks, open } = setUp();
    const first = await open("?kind=completed");
    for (const name of ["1", "2", "3"]) await tasks.run(name, () => 1);
    const seen = await first.next();
    await first.cancel();
    await tasks.run("4", () => 1);
    const headers = { "last-event-id": String(seen?.id) };
    const second = await open("?kind=completed", headers);
    await tasks.run("5", () => 1);
    const names: string[] = [];
    for (let index = 0; index < 4; index += 1) names.push((await second.next())?.data.name);
    expect(names).toEqual(["2", "3", "4", "5"]);
    const third = await open(`?kind=completed&lastEventId=${String(seen?.id)}`);
    expect((await third.next())?.data.name).toBe("2");
  });

  test("says how many events are gone, when those kept do not reach back so far", async () => {
    const { tasks, open } = setUp({ keptEvents: 10 });
    const first = await open();
    await tasks.run("first", () => 1);
    const seen = await first.next();
    for (let index = 0; index < 50; index += 1) await tasks.run("more", () => 1);
    while ((await first.next())?.data.seq !== 153);
    const second = await open("", { "last-event-id": String(seen?.id) });
    const missed = await second.next();
    expect(missed?.event).toBe("missed");
    const next = await second.next();
    // The first event seen was number 1: those between are counted to the last.
    expect(missed?.data.dropped).toBe((next?.data.seq as number) - 2);
  });

  test.each(["0123456789ab-1", "nonsense", "-1", "9".repeat(400)])(
    "of an id of somewhere else (%s) says that events may be missing",
    async (id) => {
      const { open } = setUp();
      expect(await (await open("", { "last-event-id": id })).next()).toMatchObject({
        event: "missed",
        data: { dropped: null },
      });
    },
  );

  test("drops the oldest for a reader that is slow, and tells it how many", async () => {
    const { tasks, ask, open } = setUp({ maxEventsPerSecond: Infinity });
    const reader = await open("?kind=completed");
    // Nobody reads: the stream takes one piece, its queue a thousand, the rest is dropped.
    for (let index = 0; index < 3_000; index += 1) await tasks.run(`n${index}`, () => 1);
    await turn();
    const { streams } = (await ask("/stats")).body;
    expect(streams.eventsDropped).toBeGreaterThan(1_000);
    let dropped = 0;
    let got = 0;
    let last = "";
    while (last !== "n2999") {
      const message = await reader.next();
      if (message?.event === "missed") dropped += message.data.dropped as number;
      else {
        got += 1;
        last = message?.data.name as string;
      }
    }
    expect(got + dropped).toBe(3_000);
    expect(dropped).toBe(streams.eventsDropped);
  });

  test("cuts a reader that takes nothing at all, and counts it", async () => {
    const { tasks, ask, clock, open } = setUp();
    const reader = await open();
    for (let index = 0; index < 10; index += 1) await tasks.run("more", () => 1);
    await turn();
    await clock.advance(45_000);
    expect((await ask("/stats")).body.streams).toMatchObject({ open: 0, stalled: 1 });
    await expect(
      (async () => {
        while ((await reader.next()) !== undefined);
      })(),
    ).rejects.toThrow("stalled");
  });

  test("gives a silent stream a sign of life", async () => {
    const { api, clock } = setUp();
    const response = await api.fetch(new Request("http://localhost/events"));
    const reader = (response.body as ReadableStream<Uint8Array>).getReader();
    await reader.read();
    const next = reader.read();
    await clock.advance(15_000);
    expect(new TextDecoder().decode((await next).value)).toBe(": keep-alive\n\n");
  });

  test("a task costs no event while nobody listens, and some time after", async () => {
    const { tasks, clock, open } = setUp();
    const subscribers = (): unknown => clock.pending.total;
    const before = subscribers();
    const reader = await open();
    expect(subscribers()).not.toBe(before);
    await reader.cancel();
    await clock.advance(60_000);
    expect(subscribers()).toBe(before);
    await tasks.run("unseen", () => 1);
  });

  test("refuses more streams than may be open, and takes one again when one has gone", async () => {
    const { ask, open } = setUp({ maxStreams: 2 });
    const first = await open();
    await open();
    expect(await ask("/events")).toMatchObject({
      status: 503,
      body: { error: { code: "too_many_streams" } },
    });
    await first.cancel();
    await open();
    expect((await ask("/stats")).body.streams).toMatchObject({ open: 2, refused: 1 });
  });

  test("a HEAD opens none", async () => {
    const { ask } = setUp();
    expect((await ask("/events", { method: "HEAD" })).status).toBe(200);
    expect((await ask("/stats")).body.streams.open).toBe(0);
  });

  describe("when more happens than may be followed,", () => {
    const few = { maxEventsPerSecond: 100 };

    async function overload(
      made: ReturnType<typeof setUp>,
      reader: EventReader,
      count = 100,
    ): Promise<unknown[]> {
      for (let index = 0; index < count; index += 1) await made.tasks.run("many", () => 1);
      await turn();
      const got: unknown[] = [];
      for (;;) {
        const message = await reader.next();
        got.push(message?.event === "missed" ? "missed" : message?.data.kind);
        if (message?.event === "missed") return got;
      }
    }

    test("stops, says so, and costs a task no event until a while later", async () => {
      const made = setUp(few);
      const { tasks, ask, clock, open } = made;
      const reader = await open();
      const got = await overload(made, reader);
      expect(got.length).toBeLessThan(300);
      expect((await ask("/stats")).body.streams.rests).toBe(1);
      await tasks.run("unseen", () => 1);
      await clock.advance(2_000);
      expect(await reader.next()).toMatchObject({ event: "missed", data: { dropped: null } });
      await tasks.run("seen", () => 1);
      expect((await reader.next())?.data).toMatchObject({ kind: "spawned", name: "seen" });
    });

    test("tells what goes wrong all the same", async () => {
      const made = setUp(few);
      const reader = await made.open();
      await overload(made, reader);
      const restart = { when: "on-failure", maxRestarts: 1, backoff: fixed({ delayMs: 1 }) } as const;
      const failing = made.tasks.spawn({ name: "weak", restart }, () => Promise.reject(new Error("no")));
      await turn();
      await made.clock.advance(10);
      await failing.outcome;
      expect((await reader.next())?.data).toMatchObject({ kind: "gave-up", name: "weak" });
    });

    test("rests longer each time, and shortly again after a calm while", async () => {
      const made = setUp(few);
      const { clock, open, tasks } = made;
      const reader = await open();
      const missed = async (): Promise<void> => {
        expect(await reader.next()).toMatchObject({ event: "missed" });
      };
      await overload(made, reader);
      await clock.advance(2_000);
      await missed();
      await overload(made, reader);
      await clock.advance(3_999);
      await tasks.run("unseen", () => 1);
      await clock.advance(1);
      await missed();
      for (let index = 0; index < 40; index += 1) {
        await clock.advance(100);
        await tasks.run("calm", () => 1);
        await turn();
        for (const kind of ["spawned", "started", "completed"])
          expect((await reader.next())?.data.kind).toBe(kind);
      }
      await overload(made, reader);
      await clock.advance(2_000);
      await missed();
    });

    test("rests on while the tasks are still too many, and follows none of them to find out", async () => {
      const made = setUp(few);
      const { clock, ask, open, tasks } = made;
      const reader = await open();
      await overload(made, reader);
      for (let index = 0; index < 200; index += 1) await tasks.run("unseen", () => 1);
      await clock.advance(2_000);
      await tasks.run("unseen", () => 1);
      await clock.advance(4_000);
      expect(await reader.next()).toMatchObject({ event: "missed", data: { dropped: null } });
      await tasks.run("seen", () => 1);
      expect((await reader.next())?.data).toMatchObject({ kind: "spawned", name: "seen" });
      expect((await ask("/stats")).body.streams.rests).toBe(1);
    });

    test("goes on for readers who want none of what happens so often", async () => {
      const made = setUp(few);
      const { tasks, ask, open } = made;
      const reader = await open("?kind=failed");
      for (let index = 0; index < 1_000; index += 1) await tasks.run("many", () => 1);
      await tasks.run("fails", () => Promise.reject(new Error("no"))).catch(() => {});
      expect((await reader.next())?.data).toMatchObject({ kind: "failed", name: "fails" });
      expect((await ask("/stats")).body.streams.rests).toBe(0);
    });
  });

  test("of few kinds tells its reader of a gap when another wants more kinds", async () => {
    const { tasks, open } = setUp();
    const narrow = await open("?kind=failed");
    const wide = await open();
    expect(await narrow.next()).toMatchObject({ event: "missed", data: { dropped: null } });
    await tasks.run("fails", () => Promise.reject(new Error("no"))).catch(() => {});
    for (const kind of ["spawned", "started", "failed"]) expect((await wide.next())?.data.kind).toBe(kind);
    expect((await narrow.next())?.data.kind).toBe("failed");
  });
});
