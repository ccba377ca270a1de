import { describe, expect, test } from "vitest";
import { turn } from "../tracker/support.ts";
import { collect, makeHub } from "./support.ts";

const seqs = ({ events }: ReturnType<typeof collect>): number[] => events.map(({ seq }) => seq);

describe("a subscriber of some kinds", () => {
  const about = { id: 1, name: "work", type: "t", attempt: 1 };
  const publishBoth = (hub: ReturnType<typeof makeHub>["hub"]): void => {
    hub.publish("progress", about, { done: 1, total: undefined });
    hub.publish("rejected", { ...about, id: 0 }, { reason: "rate" });
  };

  test("gets those and no others, which take no room in its queue and are no drops", async () => {
    const { hub } = makeHub();
    const some = collect(hub, { name: "some", kinds: ["rejected"], capacity: 3 });
    const all = collect(hub, { name: "all" });
    for (let index = 0; index < 3; index += 1) publishBoth(hub);
    await turn();
    expect(some.events.map(({ kind, seq }) => [kind, seq])).toEqual([
      ["rejected", 2],
      ["rejected", 4],
      ["rejected", 6],
    ]);
    expect(some.dropped).toEqual([0, 0, 0]);
    expect(all.events).toHaveLength(6);
    expect(hub.dropped.get("some")).toBe(0);
  });

  test("is told of drops of those alone", async () => {
    const { hub } = makeHub();
    const oldest = collect(hub, { name: "oldest", kinds: ["rejected"], capacity: 1 });
    const newest = collect(hub, {
      name: "newest",
      kinds: ["rejected"],
      capacity: 1,
      overflow: "drop-newest",
    });
    for (let index = 0; index < 3; index += 1) publishBoth(hub);
    await turn();
    publishBoth(hub);
    await turn();
    expect(oldest.dropped).toEqual([2, 0]);
    expect(newest.dropped).toEqual([0, 2]);
  });

  test("lets events that nobody wants not be made", async () => {
    const { hub } = makeHub();
    const some = collect(hub, { name: "some", kinds: ["rejected"] });
    publishBoth(hub);
    await turn();
    expect(seqs(some)).toEqual([1]);
    some.end();
    const none = collect(hub, { name: "none", kinds: [] });
    publishBoth(hub);
    await turn();
    expect(none.events).toEqual([]);
  });

  test.each([["failed"], [["exploded"]], [[1]], [{}]])("%o are no kinds", (kinds) => {
    const { hub } = makeHub();
    expect(() => hub.subscribe({ name: "s", kinds: kinds as never }, () => {})).toThrow(
      expect.objectContaining({ code: "TASKSCOPE_INVALID_OPTION", option: "subscribe.kinds" }),
    );
  });
});
