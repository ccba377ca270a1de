import { AsyncLocalStorage } from "node:async_hooks";
import { EventEmitter } from "node:events";
import { describe, expect, test } from "vitest";
import { createTracker, currentTask } from "taskscope";
import type { Tracker } from "taskscope";
import { balanced, turn } from "./support.ts";

const trackers: readonly (readonly [title: string, make: () => Tracker])[] = [
  ["with context", () => createTracker()],
  ["without context", () => createTracker({ context: false })],
  [
    "with hooks and a store of a plugin's own",
    () => {
      const ofPlugin = new AsyncLocalStorage<string>();
      return createTracker({
        plugins: [
          {
            name: "store",
            setup: (context) => {
              context.aroundAttempt((_, runBody) => ofPlugin.run("plugin", runBody));
            },
          },
        ],
      });
    },
  ],
];

describe.each(trackers)("a store of the user's, %s", (_, makeTracker) => {
  test("is in a wrapped function what it is around it, before and after each await", async () => {
    const store = new AsyncLocalStorage<string>();
    const seen: unknown[] = [];
    const wrapped = makeTracker().wrap("reads", async () => {
      seen.push(store.getStore());
      await null;
      seen.push(store.getStore());
      await turn();
      seen.push(store.getStore());
      await store.run("inner", turn);
      seen.push(store.getStore());
    });
    const ofCaller = store.run("caller", () => wrapped().then(() => store.getStore()));
    seen.push(store.getStore());
    expect(await ofCaller).toBe("caller");
    expect(seen).toEqual(["caller", undefined, "caller", "caller", "caller"]);
  });

  test("that a wrapped function enters stays entered after it, as without a tracker", () => {
    const store = new AsyncLocalStorage<string>();
    const enter = (): void => store.enterWith("entered");
    const bare = store.run("outer", () => {
      enter();
      return store.getStore();
    });
    const tracked = store.run("outer", () => {
      createTracker().wrap(enter)();
      return store.getStore();
    });
    expect(bare).toBe("entered");
    expect(tracked).toBe(bare);
  });

  test("is in each step of a generator what it is without a tracker", async () => {
    const store = new AsyncLocalStorage<string>();
    async function* reads(): AsyncGenerator<unknown> {
      yield store.getStore();
      await turn();
      yield store.getStore();
      yield store.getStore();
    }
    const walk = async (make: typeof reads): Promise<unknown[]> => {
      const generator = store.run("maker", make);
      const seen: unknown[] = [];
      for (const name of ["first", "second", "third"]) {
        const { value } = await store.run(name, () => generator.next());
        seen.push(value);
      }
      return seen;
    };
    const bare = await walk(reads);
    expect(await walk(makeTracker().wrap(reads))).toEqual(bare);
    expect(bare[0]).toBe("first");
  });

  test("is in a spawned body what it was around spawn, not what it is when it starts", async () => {
    const store = new AsyncLocalStorage<string>();
    const tracker = makeTracker();
    const seen: unknown[] = [];
    const handles = ["first", "second"].map((name) =>
      store.run(name, () =>
        tracker.spawn("reads", async () => {
          seen.push(store.getStore());
          await turn();
          seen.push(store.getStore());
        }),
      ),
    );
    expect(seen).toEqual([]);
    await Promise.all(handles.map(({ outcome }) => outcome));
    expect(seen).toEqual(["first", "second", "first", "second"]);
    expect(store.getStore()).toBeUndefined();
    balanced(tracker);
  });

  test("is in a body that runs what it is around run", async () => {
    const store = new AsyncLocalStorage<string>();
    const tracker = makeTracker();
    const read = async (): Promise<unknown[]> => {
      const before = store.getStore();
      await turn();
      return [before, store.getStore()];
    };
    const seen = await store.run("runner", () => tracker.run("reads", read));
    expect(seen).toEqual(["runner", "runner"]);
  });

  test("is in an abort listener what it is around cancel, as around AbortController.abort", async () => {
    const store = new AsyncLocalStorage<string>();
    const tracker = makeTracker();
    const seen: unknown[] = [];
    const handle = store.run("spawner", () =>
      tracker.spawn("listens", ({ signal }) => {
        signal.addEventListener("abort", () => seen.push(store.getStore()));
        return new Promise(() => {});
      }),
    );
    await turn();
    store.run("canceller", () => handle.cancel());
    const controller = new AbortController();
    store.run("spawner", () =>
      controller.signal.addEventListener("abort", () => seen.push(store.getStore())),
    );
    store.run("canceller", () => controller.abort());
    expect(seen).toEqual(["canceller", "canceller"]);
  });

  test("is in callbacks that a wrapped function leaves behind what it was in the function", async () => {
    const store = new AsyncLocalStorage<string>();
    const emitter = new EventEmitter();
    const seen: unknown[] = [];
    const read = (): void => void seen.push(store.getStore());
    const wrapped = makeTracker().wrap("leaves", () => {
      setImmediate(read);
      queueMicrotask(read);
      process.nextTick(read);
      emitter.on("event", read);
    });
    store.run("caller", wrapped);
    await turn();
    store.run("emitter", () => emitter.emit("event"));
    expect(seen).toEqual(["caller", "caller", "caller", "emitter"]);
  });

  test("is left as it was when a wrapped function throws", () => {
    const store = new AsyncLocalStorage<string>();
    const wrapped = makeTracker().wrap("throws", () => {
      throw new Error("reason");
    });
    store.run("caller", () => {
      expect(wrapped).toThrow("reason");
      expect(store.getStore()).toBe("caller");
    });
    expect(currentTask()).toBeUndefined();
  });
});
