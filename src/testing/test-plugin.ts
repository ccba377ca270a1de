import assert from "node:assert/strict";
import { createTracker } from "../index.ts";
import type { Diag, HookTask, Plugin, Tracker } from "../index.ts";
import { ManualClock } from "./manual-clock.ts";

/** What the suite needs of a test runner: Vitest's and `node:test`'s `test` both fit. */
export type RunTest = (name: string, body: () => Promise<void>) => unknown;

/** What the suite needs to know of a plugin. */
export interface PluginUnderTest {
  /** Makes a fresh plugin. Called once per test, and twice in the test of two trackers. */
  readonly create: () => Plugin;
  /** The test function of the runner. */
  readonly test: RunTest;
}

/**
 * The contract suite that every plugin passes: it leaves tasks as they are, stands being set up, removed and shut down
 * in any order, and reads without changing. Call it in a test file of yours.
 */
export function testPlugin({ create, test }: PluginUnderTest): void {
  test("keeps values, errors and synchronous throws as they are", async () => {
    await withTracker([create()], async (tracker) => {
      const value = {};
      const error = new Error("as it is");
      const give = tracker.wrap({ name: "give" }, () => Promise.resolve(value));
      const reject = tracker.wrap({ name: "reject" }, () => Promise.reject(error));
      const throwNow = tracker.wrap({ name: "throw-now" }, () => {
        throw error;
      });
      assert.equal(await give(), value);
      await assert.rejects(reject(), (thrown) => thrown === error);
      assert.throws(throwNow, (thrown) => thrown === error);
      assert.equal(await tracker.run("managed", () => value), value);
      await assert.rejects(
        tracker.run("managed", () => Promise.reject(error)),
        (thrown) => thrown === error,
      );
    });
  });

  test("stands bodies that throw what is no Error, and hostile names", async () => {
    await withTracker([create()], async (tracker) => {
      const thrown = ["text", undefined, null, 0, Symbol("s"), Object.create(null), revokedProxy()];
      for (const [index, what] of thrown.entries()) {
        const name = `__proto__\u0000\n"${"x".repeat(index * 1_000)}`;
        await tracker
          .run({ name, type: 'a"\\\n' }, () => Promise.reject(what as Error))
          .catch(() => undefined);
      }
      assert.equal(tracker.stats().total.failed, thrown.length);
    });
  });

  test("throws in none of its hooks", async () => {
    await withTracker([create()], exercise);
  });

  test("runs every body exactly once, inside its caller's call", async () => {
    await withTracker([create()], async (tracker) => {
      let runs = 0;
      const count = tracker.wrap({ name: "count" }, () => {
        runs += 1;
      });
      count();
      assert.equal(runs, 1);
      await tracker.run("count", count);
      assert.equal(runs, 2);
    });
  });

  test("leaves the books balanced while it reads", async () => {
    await withTracker([create()], async (tracker) => {
      await exercise(tracker);
      const { spawned, queued, running, completed, failed, cancelled } = tracker.stats().total;
      assert.equal(spawned, queued + running + completed + failed + cancelled);
      assert.deepEqual(tracker.stats(), tracker.stats());
    });
  });

  test("is quiet after it was removed, and may be removed twice", async () => {
    await withTracker([], async (tracker) => {
      const remove = tracker.use(create());
      await tracker.ready;
      await exercise(tracker);
      await remove();
      await remove();
      await exercise(tracker);
    });
  });

  test("comes and goes while tasks run", async () => {
    await withTracker([], async (tracker) => {
      const held = hold();
      const running = tracker.run("held", () => held.promise);
      const remove = tracker.use(create());
      await tracker.ready;
      const inside = tracker.run("inside", () => held.promise);
      await remove();
      held.release();
      await Promise.all([running, inside]);
      assert.equal(tracker.stats().total.completed, 2);
    });
  });

  test("serves two trackers at once", async () => {
    await withTracker([create()], async (first) => {
      await withTracker([create()], async (second) => {
        await exercise(first);
        await exercise(second);
        await first.run("outer", () => second.run("inner", () => first.run("innermost", () => 1)));
      });
      await exercise(first);
    });
  });

  test("other plugins' throws do not reach it", async () => {
    const rude: Plugin = {
      name: "rude",
      setup(context) {
        const rudely = (): never => {
          throw new Error("rude");
        };
        context.onSpawn(rudely);
        context.onStart(rudely);
        context.aroundAttempt((_task: HookTask, runBody) => {
          runBody();
          rudely();
        });
        context.onEnd(rudely);
        context.onEvent(rudely);
      },
    };
    await withTracker([rude, create()], exercise, (warning) => warning.startsWith("Plugin rude "));
  });
}

/** Tasks of every kind and outcome, managed and observed, nested and cancelled. */
async function exercise(tracker: Tracker): Promise<void> {
  const wrapped = tracker.wrap(
    { name: "wrapped", type: "t", attributes: { key: "value" } },
    async (fails: boolean) => {
      await Promise.resolve();
      if (fails) throw new TypeError("wrapped");
    },
  );
  await wrapped(false);
  await wrapped(true).catch(() => undefined);
  await tracker.run({ name: "parent", trace: "link" }, async (context) => {
    const { run, spawn, setAttribute, progress, heartbeat, addEvent } = context;
    setAttribute("late", true);
    progress(1, 2);
    heartbeat();
    addEvent("event", { key: "value" });
    await run({ name: "child", trace: "root" }, () => wrapped(false));
    await spawn("background", () => 1).outcome;
  });
  const cancelled = tracker.spawn(
    "cancelled",
    ({ signal }) =>
      new Promise((_, reject) => {
        signal.addEventListener("abort", () => reject(signal.reason as Error));
      }),
  );
  const unstarted = tracker.spawn("unstarted", () => 1);
  unstarted.cancel("not needed");
  await Promise.resolve();
  cancelled.cancel("enough");
  await Promise.all([cancelled.outcome, unstarted.outcome]);
  await tracker.track("tracked", Promise.resolve(1)).outcome;
  const opened = tracker.open({ name: "opened", expectedMs: 1, heartbeatMs: 1 });
  opened.addEvent("before the start");
  opened.start();
  opened.complete();
  tracker.open("never begun").cancel();
}

/** Runs `body` with a tracker, and holds that the tracker reported no trouble but what `isExpected` names. */
async function withTracker(
  plugins: readonly Plugin[],
  body: (tracker: Tracker) => Promise<void>,
  isExpected: (warning: string) => boolean = () => false,
): Promise<void> {
  const warnings: string[] = [];
  const diag: Diag = { warn: (message, error) => void warnings.push(`${message}: ${String(error)}`) };
  const tracker = createTracker({ plugins, diag, clock: new ManualClock() });
  try {
    await tracker.ready;
    await body(tracker);
  } finally {
    await tracker.shutdown({ drainMs: 0, graceMs: 0 });
  }
  assert.deepEqual(
    warnings.filter((warning) => !isExpected(warning)),
    [],
  );
}

function hold(): { promise: Promise<void>; release: () => void } {
  let release = (): void => {};
  const promise = new Promise<void>((resolve) => {
    release = resolve;
  });
  return { promise, release };
}

function revokedProxy(): object {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
}
