import { describe, expect, test } from "vitest";
import { createTracker, fixed } from "taskscope";
import type {
  GroupOptions,
  Plugin,
  RestartPolicy,
  SupervisionStrategy,
  TaskGroup,
  TaskHandle,
} from "taskscope";
import { ManualClock } from "taskscope/testing";
import { balanced, metricReader, turn } from "./support.ts";

const atOnce: RestartPolicy = { backoff: fixed({ delayMs: 1, jitter: "none" }), maxRestarts: Infinity };

interface Child {
  readonly name: string;
  readonly handle: TaskHandle<void>;
  /** Makes the attempt that runs fail. */
  readonly kill: () => void;
}

/** A tracker with a group, and a log of what its children do. */
function make(options: Partial<GroupOptions> = {}) {
  const clock = new ManualClock();
  const warnings: string[] = [];
  const tasks = createTracker({ clock, diag: { warn: (message) => void warnings.push(message) } });
  const log: string[] = [];
  const group = tasks.supervise({ name: "group", ...options });
  /** A child that runs until it is killed or stopped, and notes its starts and stops. */
  const add = (name: string, to: TaskGroup = group, restart: RestartPolicy | undefined = atOnce): Child => {
    let kill = (): void => {};
    const handle = to.add({ name, restart }, ({ signal }) => {
      log.push(`+${name}`);
      return new Promise<void>((_, reject) => {
        kill = () => reject(new Error(`${name} killed`));
        signal.addEventListener("abort", () => {
          log.push(`-${name}`);
          reject(signal.reason as Error);
        });
      });
    });
    return { name, handle, kill: () => kill() };
  };
  const settle = async (): Promise<void> => {
    for (let round = 0; round < 6; round += 1) await clock.advance(5);
  };
  const taken = async (): Promise<string[]> => {
    await settle();
    return log.splice(0);
  };
  return { clock, tasks, group, add, taken, settle, warnings };
}

describe("a group", () => {
  test("collects the outcomes of members that do not come back", async () => {
    const { group, tasks, clock } = make();
    group.add("good", () => 5);
    group.add("bad", () => Promise.reject(new Error("no")));
    const all = group.waitAll();
    await clock.advance(10);
    expect(await all).toMatchObject([
      ["good", { status: "completed", value: 5 }],
      ["bad", { status: "failed", errorType: "Error" }],
    ]);
    expect(group.state).toBe("running");
    balanced(tasks);
  });

  test("its members are roots: the end of the task that added them does not reach them", async () => {
    const { group, tasks, add, taken } = make();
    const adder = tasks.spawn("adder", () => {
      add("member");
      return new Promise(() => {});
    });
    expect(await taken()).toEqual(["+member"]);
    adder.cancel();
    expect(await taken()).toEqual([]);
    expect(tasks.list({ name: "member" })).toMatchObject([{ state: "running", parentId: undefined }]);
    await group.cancel();
  });

  test("is stopped in the reverse order of adding, each member after the one before", async () => {
    const { group, add, taken, tasks } = make();
    const [a, b, c] = ["a", "b", "c"].map((name) => add(name));
    expect(await taken()).toEqual(["+a", "+b", "+c"]);
    const stopped = group.cancel();
    expect(await taken()).toEqual(["-c", "-b", "-a"]);
    await stopped;
    for (const child of [a, b, c]) {
      expect(await child?.handle.outcome).toMatchObject({ status: "cancelled", cancelledBy: "group" });
    }
    expect(group.state).toBe("cancelled");
    expect(() => group.add("late", () => 1)).toThrow(/members only while it runs/);
    balanced(tasks);
  });
});

describe.each<[SupervisionStrategy, Readonly<Record<string, readonly string[]>>]>([
  ["one-for-one", { a: ["+a"], b: ["+b"], c: ["+c"] }],
  [
    "one-for-all",
    {
      a: ["-c", "-b", "+a", "+b", "+c"],
      b: ["-c", "-a", "+a", "+b", "+c"],
      c: ["-b", "-a", "+a", "+b", "+c"],
    },
  ],
  ["rest-for-one", { a: ["-c", "-b", "+a", "+b", "+c"], b: ["-c", "+b", "+c"], c: ["+c"] }],
])("%s", (strategy, expected) => {
  const orders = [
    ["a", "b", "c"],
    ["a", "c", "b"],
    ["b", "a", "c"],
    ["b", "c", "a"],
    ["c", "a", "b"],
    ["c", "b", "a"],
  ];

  test.each(orders)(
    "killed in the order %s, %s, %s, the right ones come back, in order",
    async (...order) => {
      const { add, taken, tasks, group } = make({ strategy, maxRestarts: 10 });
      const children = new Map(["a", "b", "c"].map((name) => [name, add(name)]));
      await taken();
      for (const name of order) {
        children.get(name)?.kill();
        expect(await taken(), `after ${name}`).toEqual(expected[name]);
        balanced(tasks);
      }
      expect(tasks.stats().total).toMatchObject({ spawned: 3, running: 3, failed: 0 });
      await group.cancel();
    },
  );

  test("two deep: a nested group that fails is restarted with whom the strategy says, up to escalation", async () => {
    const { add, taken, tasks, group, warnings } = make({ strategy, maxRestarts: 1 });
    add("first");
    const nested = group.supervise({
      name: "nested",
      strategy,
      maxRestarts: 1,
      restart: { backoff: fixed({ delayMs: 1, jitter: "none" }), maxRestarts: 5 },
    });
    const inner = new Map(["x", "y"].map((name) => [name, add(name, nested)]));
    add("last");
    expect(await taken()).toEqual(["+first", "+x", "+y", "+last"]);
    inner.get("x")?.kill();
    const within = {
      "one-for-one": ["+x"],
      "one-for-all": ["-y", "+x", "+y"],
      "rest-for-one": ["-y", "+x", "+y"],
    };
    expect(await taken()).toEqual(within[strategy]);
    // The second failure is one too many for the nested group: it fails, and comes back as a member of the outer one.
    inner.get("x")?.kill();
    const around = {
      "one-for-one": ["-y", "+x", "+y"],
      "one-for-all": ["-y", "-last", "-first", "+first", "+x", "+y", "+last"],
      "rest-for-one": ["-y", "-last", "+x", "+y", "+last"],
    };
    expect(await taken()).toEqual(around[strategy]);
    expect([group.state, nested.state]).toEqual(["running", "running"]);
    // Twice more: now it is one too many for the outer group as well, and all is over.
    inner.get("x")?.kill();
    await taken();
    inner.get("x")?.kill();
    await taken();
    expect(group.state).toBe("failed");
    expect(tasks.stats().total).toMatchObject({ running: 0, queued: 0 });
    expect(warnings.filter((warning) => warning.includes('"group" failed'))).toHaveLength(1);
    const outcomes = await group.waitAll();
    expect(outcomes.map(([name, { status }]) => `${name} ${status}`)).toEqual([
      "first cancelled",
      "nested/x failed",
      "nested/y cancelled",
      "last cancelled",
    ]);
    balanced(tasks);
  });
});

describe("restart intensity", () => {
  test("fails the group when there are more restarts than it allows within its window", async () => {
    const { add, taken, group, clock, warnings } = make({ maxRestarts: 2, withinMs: 1_000 });
    const child = add("a");
    const other = add("b");
    await taken();
    child.kill();
    expect(await taken()).toEqual(["+a"]);
    child.kill();
    expect(await taken()).toEqual(["+a"]);
    await clock.advance(1_000);
    child.kill();
    expect(await taken()).toEqual(["+a"]);
    child.kill();
    expect(await taken()).toEqual(["+a"]);
    child.kill();
    expect(await taken()).toEqual(["-b"]);
    expect(group.state).toBe("failed");
    expect(await child.handle.outcome).toMatchObject({ status: "failed", attempts: 5 });
    expect(await other.handle.outcome).toMatchObject({ status: "cancelled", cancelledBy: "group" });
    expect(warnings).toEqual(['Group "group" failed: more than 2 restarts within 1000 ms']);
  });

  test("says that it failed as an event, on the span of the member, and as a count from 0 on", async () => {
    const marks: unknown[][] = [];
    const marker: Plugin = {
      name: "marker",
      setup: (given) =>
        given.onEvent((task, { name, attributes }) => marks.push([task.name, name, attributes])),
    };
    const { reader, samples } = metricReader();
    const clock = new ManualClock();
    const tasks = createTracker({ clock, plugins: [marker, reader], diag: { warn: () => {} } });
    const failures = (): unknown[] =>
      samples("task_group_failures_total").map(({ labels, value }) => [labels["group"], value]);
    const events: unknown[] = [];
    tasks.subscribe({ name: "test" }, (event) => {
      if (event.kind === "group-failed")
        events.push([event.name, event.group, event.above, event.maxRestarts]);
    });
    const outer = tasks.supervise({ name: "outer", maxRestarts: 0 });
    const inner = outer.supervise({ name: "inner", maxRestarts: 1, restart: atOnce });
    inner.add({ name: "broken", restart: atOnce }, () => Promise.reject(new Error("no")));
    expect(failures()).toEqual([
      ["outer", 0],
      ["inner", 0],
    ]);
    for (let round = 0; round < 10; round += 1) await clock.advance(5);
    expect(failures()).toEqual([
      ["outer", 1],
      ["inner", 1],
    ]);
    expect(events).toEqual([
      ["broken", "inner", "outer", 1],
      ["inner", "outer", undefined, 0],
    ]);
    expect(marks.filter(([, name]) => name === "task.group_failed")).toEqual([
      ["broken", "task.group_failed", { "task.group": "inner" }],
    ]);
    balanced(tasks);
  });

  test("a member that does not come back is taken down for good with the others", async () => {
    const { add, taken, group } = make({ strategy: "one-for-all" });
    const child = add("a");
    const temporary = add("t", group, { when: "never" });
    await taken();
    child.kill();
    expect(await taken()).toEqual(["-t", "+a"]);
    expect(temporary.handle.state).toBe("cancelled");
    await group.cancel();
  });

  test("cancelling the group in the midst of a restart ends it", async () => {
    const { group, tasks, clock } = make({ strategy: "one-for-all" });
    const slow = { backoff: fixed({ delayMs: 10_000, jitter: "none" }) };
    const handle = group.add({ name: "a", restart: slow }, () => Promise.reject(new Error("no")));
    group.add({ name: "b", restart: slow }, () => new Promise(() => {}));
    await clock.advance(10);
    expect(handle.state).toBe("queued");
    const all = group.waitAll();
    void group.cancel();
    await clock.advance(5_000);
    expect((await all).map(([name, { status }]) => `${name} ${status}`)).toEqual([
      "a cancelled",
      "b cancelled",
    ]);
    expect(tasks.stats().total).toMatchObject({ cancelled: 2, queued: 0, running: 0 });
  });
});

test("the failure that is one too many is the member's own outcome, wherever it stands in the group", async () => {
  const { add, taken, group, tasks } = make({ maxRestarts: 0 });
  add("first");
  const last = add("last");
  await taken();
  last.kill();
  await taken();
  expect(await last.handle.outcome).toMatchObject({ status: "failed", errorType: "Error" });
  expect(group.state).toBe("failed");
  expect(tasks.stats().total).toMatchObject({ failed: 1, cancelled: 1 });
});

test("a nested group whose member is refused when it comes back fails, and nothing is left unhandled", async () => {
  const clock = new ManualClock();
  const warnings: string[] = [];
  const tasks = createTracker({
    clock,
    limits: { maxRunning: 1, maxQueued: 0 },
    diag: { warn: (message) => void warnings.push(message) },
  });
  const group = tasks.supervise({ name: "outer" });
  const nested = group.supervise({
    name: "nested",
    maxRestarts: 0,
    restart: { backoff: fixed({ delayMs: 100, jitter: "none" }) },
  });
  nested.add({ name: "a", restart: atOnce }, () => Promise.reject(new Error("no")));
  await clock.advance(10);
  void tasks.run("takes the slot", () => new Promise(() => {}));
  await clock.advance(200);
  expect(nested.state).toBe("failed");
  expect(warnings).toContain('Group "nested" could not come back');
  expect(await group.waitAll()).toMatchObject([["nested/a", { status: "failed" }]]);
  await group.cancel();
});

test("a member may not share the task of another", () => {
  const { group } = make();
  expect(() => group.add({ name: "m", key: "k", onDuplicate: "drop" }, () => 1)).toThrow(
    /^onDuplicate takes no drop/,
  );
});

test("options are checked", () => {
  const tasks = createTracker();
  expect(() => tasks.supervise({ name: "g", strategy: "all" as never })).toThrow(
    /^group\.strategy takes one of/,
  );
  expect(() => tasks.supervise({ name: "g", maxRestarts: -1 })).toThrow(/^group\.maxRestarts takes/);
  expect(() => tasks.supervise({ name: "g", withinMs: 0 })).toThrow(/^group\.withinMs takes/);
  expect(() => tasks.supervise({ name: "g", restart: { when: "always" } as never })).toThrow(
    /^group\.restart\.when/,
  );
  expect(() => tasks.supervise({} as never)).toThrow(/^group\.name takes a string/);
});

test("a tracker that shuts down ends its groups, and nothing comes back", async () => {
  const { add, taken, tasks, clock } = make();
  const child = add("a");
  await taken();
  const ended = tasks.shutdown({ drainMs: 100, graceMs: 0 });
  child.kill();
  await turn();
  await clock.advance(200);
  await ended;
  expect(await child.handle.outcome).toMatchObject({ status: "failed", attempts: 1 });
});
