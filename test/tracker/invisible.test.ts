import { types } from "node:util";
import { describe, expect, test } from "vitest";
import { createTracker } from "taskscope";
import type { Plugin, Tracker } from "taskscope";
import { oddCalls } from "./odd-calls.ts";
import { oddFunctions } from "./odd-functions.ts";
import type { AnyFunction, OddFunction } from "./odd-functions.ts";
import { oddGenerators } from "./odd-generators.ts";
import { oddPromises } from "./odd-promises.ts";
import { balanced, turn } from "./support.ts";

/** Has every hook; `aroundAttempt` runs the body as it should. */
const allHooks = (): Plugin => ({
  name: "all-hooks",
  setup: (context) => {
    context.onSpawn(() => {});
    context.onStart(() => {});
    context.aroundAttempt((_, runBody) => runBody());
    context.onEnd(() => {});
  },
});

/** Has every hook, and each of them misbehaves. */
const badHooks = (): Plugin => ({
  name: "bad-hooks",
  setup: (context) => {
    const fail = (): never => {
      throw new Error("bad hook");
    };
    context.onSpawn(fail);
    context.onStart(fail);
    context.aroundAttempt(fail);
    context.aroundAttempt((_, runBody) => {
      runBody();
      runBody();
      queueMicrotask(runBody);
      fail();
    });
    context.onEnd(fail);
  },
});

const silent = { warn: (): void => {} };

const trackers: readonly (readonly [title: string, make: () => Tracker])[] = [
  ["with context", () => createTracker()],
  ["without context", () => createTracker({ context: false })],
  ["with context and hooks", () => createTracker({ plugins: [allHooks()] })],
  ["without context, with hooks", () => createTracker({ context: false, plugins: [allHooks()] })],
  ["with hooks that misbehave", () => createTracker({ plugins: [badHooks(), allHooks()], diag: silent })],
];

/** What is seen of a function when it is used, and of the function itself. */
async function observe({ make, use }: OddFunction, dress: (fn: AnyFunction) => AnyFunction) {
  const notes: unknown[] = [];
  const note = (entry: unknown): void => {
    notes.push(entry);
  };
  const fn = dress(make(note));
  await use(fn, note);
  await turn();
  return { notes, surface: surfaceOf(fn) };
}

/** Everything that hangs on a function, its accessors unread; `prototype` belongs to constructors. */
function surfaceOf(fn: AnyFunction): object {
  const keys = Reflect.ownKeys(fn).filter(
    (key) => !["prototype", "arguments", "caller"].includes(String(key)),
  );
  return {
    kind: typeof fn,
    own: new Map(keys.toSorted(byText).map((key) => [key, describeProperty(fn, key)])),
    callable: typeof fn === "function" && !types.isProxy(fn),
  };
}

const byText = (a: string | symbol, b: string | symbol): number =>
  String(a) < String(b) ? -1 : Number(String(a) > String(b));

function describeProperty(fn: AnyFunction, key: string | symbol): object {
  const descriptor = Object.getOwnPropertyDescriptor(fn, key) ?? {};
  const hasGetter = Object.hasOwn(descriptor, "get");
  return hasGetter ? { hasGetter } : { ...descriptor };
}

function expectSame(seen: readonly unknown[], bare: readonly unknown[]): void {
  const differs = bare.findIndex((entry, index) => !Object.is(entry, seen[index]));
  expect(differs, `note ${differs} differs`).toBe(-1);
  expect(seen.length, "as many notes").toBe(bare.length);
}

function expectCounts(tracker: Tracker, counts: OddFunction["counts"], times = 1): void {
  balanced(tracker);
  const { queued = 0, running = 0, completed = 0, failed = 0 } = counts;
  expect(tracker.stats().total).toMatchObject({
    spawned: (queued + running + completed + failed) * times,
    queued: queued * times,
    running: running * times,
    completed: completed * times,
    failed: failed * times,
    cancelled: 0,
    rejected: 0,
  });
}

const kinds: readonly (readonly [title: string, odd: readonly OddFunction[]])[] = [
  ["a function that", oddFunctions],
  ["a function that", oddCalls],
  ["a function that", oddPromises],
  ["an asynchronous generator that", oddGenerators],
];

describe.each(trackers)("wrapped by a tracker %s", (_, makeTracker) => {
  describe.each(kinds)("%s", (_kind, oddOnes) => {
    test.each(oddOnes.map((odd) => [odd.title, odd] as const))("%s is what it was", async (_title, odd) => {
      const tracker = makeTracker();
      const bare = await observe(odd, (fn) => fn);
      const wrapped = await observe(odd, (fn) => tracker.wrap({ name: "odd" }, fn));
      expectSame(wrapped.notes, bare.notes);
      expectCounts(tracker, odd.counts);
    });
  });
});

describe("a wrapped function", () => {
  const all = [...oddFunctions, ...oddCalls, ...oddPromises, ...oddGenerators].map(
    (odd) => [odd.title, odd] as const,
  );

  test.each(all)("that %s has the properties that it had", (_, odd) => {
    const fn = odd.make(() => {});
    const wrapped = createTracker().wrap({ name: "odd" }, fn);
    if (types.isProxy(fn)) expect(wrapped.length).toBe(fn.length);
    else expect(surfaceOf(wrapped)).toEqual(surfaceOf(fn));
  });

  test.each(all)("that %s is what it was when it is wrapped twice, and is two tasks", async (_, odd) => {
    const [inner, outer] = [createTracker(), createTracker()];
    const bare = await observe(odd, (fn) => fn);
    const wrapped = await observe(odd, (fn) =>
      outer.wrap({ name: "outer" }, inner.wrap({ name: "inner" }, fn)),
    );
    expectSame(wrapped.notes, bare.notes);
    expectCounts(inner, odd.counts);
    balanced(outer);
    expect(outer.stats().total.spawned).toBe(inner.stats().total.spawned);
  });

  test.each(all)("that %s is what it was after shutdown", async (_, odd) => {
    const tracker = createTracker({ plugins: [allHooks()] });
    await tracker.shutdown({ drainMs: 0, graceMs: 0 });
    const bare = await observe(odd, (fn) => fn);
    const wrapped = await observe(odd, (fn) => tracker.wrap({ name: "odd" }, fn));
    expectSame(wrapped.notes, bare.notes);
    expectCounts(tracker, odd.counts);
  });

  test.each([...oddFunctions, ...oddCalls].map((odd) => [odd.title, odd] as const))(
    "that %s is what it was when another, traced one calls it",
    async (_, odd) => {
      const tracker = createTracker();
      const bare = await observe(odd, (fn) => fn);
      const wrapped = await observe({ ...odd, use: tracker.wrap("outer", odd.use) }, (fn) =>
        tracker.wrap({ name: "odd" }, fn),
      );
      expectSame(wrapped.notes, bare.notes);
      balanced(tracker);
      expect(tracker.stats().bySeries.filter(({ name }) => name === "outer")).toMatchObject([
        { spawned: 1, completed: 1 },
      ]);
    },
  );
});
