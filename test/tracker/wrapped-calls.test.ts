/* oxlint-disable unicorn/no-thenable -- it is about thenables */
import { types } from "node:util";
import { describe, expect, test } from "vitest";
import { createTracker } from "taskscope";
import type { AnyFunction } from "./odd-functions.ts";
import { balanced, turn } from "./support.ts";

describe("what comes back from a wrapped function", () => {
  const wrap = <F extends AnyFunction>(fn: F): F => createTracker().wrap({ name: "odd" }, fn);

  test.each([
    ["a promise", () => Promise.resolve(1)],
    ["a promise of a subclass", () => class extends Promise<number> {}.resolve(1)],
    ["a thenable", () => ({ then: (resolve: (value: number) => void) => resolve(1) })],
    ["a function with a then", () => Object.assign(() => 1, { then: (resolve: () => void) => resolve() })],
  ])("is a native promise for %s", async (_, make) => {
    const result = wrap(make)();
    expect(types.isPromise(result)).toBe(true);
    expect(Object.getPrototypeOf(result)).toBe(Promise.prototype);
    expect(Object.keys(result)).toEqual([]);
    await result;
  });

  test("is the promise for the call at hand, though the function gives one promise for all", async () => {
    const tracker = createTracker();
    const shared = Promise.resolve({});
    const wrapped = tracker.wrap("shared", () => shared);
    expect(await Promise.all([wrapped(), wrapped()])).toEqual([await shared, await shared]);
    expect(tracker.stats().total).toMatchObject({ spawned: 2, completed: 2 });
  });

  test("a then that is read has been read once, and called once, in a microtask", async () => {
    const notes: string[] = [];
    const value = Object.defineProperty({}, "then", {
      get: () => {
        notes.push("read");
        return (resolve: (value: string) => void) => {
          notes.push("called");
          resolve("value");
        };
      },
    });
    const result = wrap(() => value)();
    notes.push("returned");
    expect(await result).toBe("value");
    expect(notes).toEqual(["read", "returned", "called"]);
  });

  test.each([
    ["no function", 1],
    ["undefined", undefined],
  ])("a then that is %s has been read once", (_, then) => {
    let reads = 0;
    const value = Object.defineProperty({}, "then", {
      get: () => {
        reads += 1;
        return then;
      },
    });
    expect(wrap(() => value)()).toBe(value);
    expect(reads).toBe(1);
  });

  test("a then whose getter throws has been read once, and the value is handed on", () => {
    let reads = 0;
    const value = Object.defineProperty({}, "then", {
      get: () => {
        reads += 1;
        throw new Error("then");
      },
    });
    expect(wrap(() => value)()).toBe(value);
    expect(reads).toBe(1);
  });

  test("the caller stays in the stack of an error that comes later", async () => {
    const wrapped = wrap(async () => {
      await null;
      throw new Error("late");
    });
    const namedCaller = async (): Promise<unknown> => wrapped().then();
    const namedWaiter = async (): Promise<void> => void (await wrapped());
    await expect(namedCaller()).rejects.toThrow("late");
    const error = (await namedWaiter().catch((thrown: unknown) => thrown)) as Error;
    expect(error.stack).toContain("namedWaiter");
  });
});

describe("what cannot be wrapped", () => {
  test("is a class, which would need new", () => {
    class Refused {}
    expect(() => createTracker().wrap(Refused as unknown as AnyFunction)).toThrow("not a class");
    expect(() => createTracker().wrap("name", class extends Refused {} as unknown as AnyFunction)).toThrow(
      expect.objectContaining({ code: "TASKSCOPE_INVALID_OPTION" }),
    );
  });

  test("is the use as a constructor: new throws in the call and is no task", () => {
    const tracker = createTracker();
    const wrapped = tracker.wrap(function Old(this: { made?: boolean }) {
      this.made = true;
    });
    expect(() => Reflect.construct(wrapped, [])).toThrow(TypeError);
    expect(tracker.stats().total.spawned).toBe(0);
  });

  test.each([undefined, null, 1, "fn", {}])("is no function: %s", (given) => {
    expect(() => createTracker().wrap("name", given as unknown as AnyFunction)).toThrow(
      expect.objectContaining({ code: "TASKSCOPE_INVALID_OPTION" }),
    );
  });
});

describe("a wrapped function that was asked to stop", () => {
  const abort = new DOMException("stopped", "AbortError");
  const reason = { why: "enough" };

  test.each([
    ["rejects with an AbortError", abort, "cancelled"],
    ["rejects with the reason", reason, "cancelled"],
    ["rejects with something else", new Error("else"), "failed"],
  ])("and %s rejects its caller with just that", async (_, error, status) => {
    const tracker = createTracker();
    let stop: (error: unknown) => void = () => {};
    const result = tracker.wrap("asked", () => new Promise((_resolve, reject) => (stop = reject)))();
    expect(tracker.cancelWhere({}, reason)).toBe(1);
    expect(tracker.stats().total).toMatchObject({ running: 1, cancelled: 0 });
    stop(error);
    await expect(result).rejects.toBe(error);
    expect(tracker.stats().total).toMatchObject({ running: 0, [status]: 1 });
    balanced(tracker);
  });

  test("and completes anyway gives its value", async () => {
    const tracker = createTracker();
    const result = tracker.wrap("asked", async () => {
      await turn();
      return reason;
    })();
    tracker.cancelWhere({});
    expect(await result).toBe(reason);
    expect(tracker.stats().total).toMatchObject({ running: 0, completed: 1, cancelled: 0 });
  });

  test("is failed, not cancelled, when it gives up without being asked", async () => {
    const tracker = createTracker();
    await expect(tracker.wrap("unasked", () => Promise.reject(abort))()).rejects.toBe(abort);
    expect(tracker.stats().total).toMatchObject({ failed: 1, cancelled: 0 });
  });
});
