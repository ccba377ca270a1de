import { describe, expect, test } from "vitest";
import { commonTypes, createTracker, TaskTimeoutError, withTimeout } from "taskscope";
import { ManualClock } from "taskscope/testing";
import { RejectionWatch } from "./rejection-watch.ts";
import { deferred, turn } from "./support.ts";

/** Held, so that no collection proves a task lost that waits for it. */
const lasting = new Promise<never>(() => {});
const never = (): Promise<never> => lasting;

function make(ms = 5_000, name?: string) {
  const clock = new ManualClock();
  const warnings: [string, unknown][] = [];
  const diag = { warn: (message: string, error?: unknown) => void warnings.push([message, error]) };
  return { clock, warnings, options: { ms, name, clock, diag } };
}

describe("withTimeout", () => {
  test("gives the value of a body or a promise that settles in time, and clears its timer", async () => {
    const { clock, options } = make();
    const body = deferred<number>();
    const value = withTimeout(options, () => body.promise);
    expect(clock.pending).toEqual({ total: 1, keptAlive: 1 });
    body.resolve(1);
    expect(await value).toBe(1);
    expect(await withTimeout(options, Promise.resolve(2))).toBe(2);
    expect(await withTimeout(options, () => 3)).toBe(3);
    expect(clock.pending.total).toBe(0);
  });

  test("throws what the work throws, untouched, be it in the call", async () => {
    const { clock, options } = make();
    const error = new Error("own");
    await expect(withTimeout(options, () => Promise.reject(error))).rejects.toBe(error);
    const thrown = withTimeout(options, () => {
      throw error;
    });
    await expect(thrown).rejects.toBe(error);
    const nothing: unknown = await withTimeout(options, Promise.reject(undefined as never)).catch(
      (reason: unknown) => [reason],
    );
    expect(nothing).toEqual([undefined]);
    expect(clock.pending.total).toBe(0);
  });

  test("rejects with a TaskTimeoutError when the time is up, and aborts the body's signal with it", async () => {
    const { clock, options, warnings } = make(5_000, "rates");
    let signal: AbortSignal | undefined;
    const failure = withTimeout(options, (context) => {
      ({ signal } = context);
      return never();
    }).catch((error: unknown) => error);
    await clock.advance(4_999);
    expect(signal?.aborted).toBe(false);
    await clock.advance(1);
    const error = await failure;
    expect(error).toBeInstanceOf(TaskTimeoutError);
    expect(error).toMatchObject({ code: "TASKSCOPE_TIMEOUT", timeoutMs: 5_000 });
    expect((error as Error).message).toBe('"rates" took longer than 5000 ms');
    expect(signal?.reason).toBe(error);
    expect(clock.pending.total).toBe(0);
    expect(warnings).toEqual([]);
  });

  test("a signal first touched after the timeout is aborted already", async () => {
    const { clock, options } = make();
    const resume = deferred<void>();
    let reason: unknown;
    const failure = withTimeout(options, async (context) => {
      await resume.promise;
      ({ reason } = context.signal);
    }).catch((error: unknown) => error);
    await clock.advance(5_000);
    resume.resolve();
    expect(reason).toBe(undefined);
    await turn();
    expect(reason).toBe(await failure);
  });

  test("reports work that settles late, and how late", async () => {
    const { clock, options, warnings } = make(5_000, "rates");
    const [late, failing] = [deferred<number>(), deferred<number>()];
    const failures = [late, failing].map(({ promise }) => withTimeout(options, promise).catch(() => {}));
    await clock.advance(7_200);
    await Promise.all(failures);
    late.resolve(1);
    await turn();
    const error = new Error("late");
    failing.reject(error);
    await turn();
    expect(warnings).toEqual([
      ['"rates" took 7.2 s, timeout was 5 s', undefined],
      ['"rates" took 7.2 s, timeout was 5 s', error],
    ]);
  });

  test("does not report a body that only answers its signal", async () => {
    const { clock, options, warnings } = make(120);
    const answer = (makeError: (reason: unknown) => unknown) =>
      withTimeout(
        options,
        ({ signal }) =>
          new Promise((_, reject) => {
            signal.addEventListener("abort", () => reject(makeError(signal.reason) as Error));
          }),
      ).catch(() => {});
    const answers = [answer((reason) => reason), answer(() => new DOMException("aborted", "AbortError"))];
    await clock.advance(120);
    await Promise.all(answers);
    await turn();
    expect(warnings).toEqual([]);
  });

  test("says milliseconds below a second, and calls work without a name work", async () => {
    const { clock, options, warnings } = make(100);
    const late = deferred<void>();
    const failure = withTimeout(options, late.promise).catch(() => {});
    await clock.advance(150.4);
    await failure;
    late.resolve();
    await turn();
    expect(warnings.map(([message]) => message)).toEqual(["work took 150 ms, timeout was 100 ms"]);
  });

  test("leaves no unhandled rejection when the work fails late", async () => {
    const watch = new RejectionWatch();
    const { clock, options } = make(100);
    const late = deferred<void>();
    const failure = withTimeout(options, late.promise).catch(() => {});
    await clock.advance(100);
    await failure;
    late.reject(new Error("late"));
    await turn();
    await turn();
    expect(watch.stop()).toEqual([]);
  });

  test("waits for ever with Infinity, and longer than a timer of the platform takes", async () => {
    const { clock, options } = make(Number.POSITIVE_INFINITY);
    void withTimeout(options, never());
    expect(clock.pending.total).toBe(0);
    const original = clock.setTimer.bind(clock);
    clock.setTimer = (callback, delayMs, keepAlive) =>
      original(callback, Math.min(delayMs, 1_000), keepAlive);
    let isOver = false;
    withTimeout({ ...options, ms: 2_500 }, never()).catch(() => void (isOver = true));
    await clock.advance(2_400);
    expect(isOver).toBe(false);
    await clock.advance(100);
    expect(isOver).toBe(true);
  });

  test.each([
    [{ ms: 0 }, never, /^ms takes a number of milliseconds above 0/],
    [{ ms: "5s" }, never, /^ms takes .* "5s"/],
    [{ ms: 1, timeoutMs: 5 }, never, /^timeoutMs takes no value/],
    [{ ms: 1, diag: 5 }, never, /^diag takes an object with warn/],
    [{ ms: 1, name: 5 }, never, /^name takes a string/],
    [5, never, /^options takes an object/],
    [{ ms: 1 }, 5, /^work takes a promise or a function, got 5/],
  ])("rejects for the options %o and the work %o", async (options, work, message) => {
    await expect(withTimeout(options as never, work as never)).rejects.toThrow(message);
  });
});

describe("commonTypes", () => {
  test("carry the timeouts that are documented", () => {
    const timeouts = Object.entries(commonTypes).map(([type, { timeoutMs }]) => [type, timeoutMs]);
    expect(Object.fromEntries(timeouts)).toEqual({
      network: 10_000,
      database: 5_000,
      "file-io": 3_000,
      lock: 1_000,
      channel: 500,
      service: 60_000,
      consensus: 30_000,
      "critical-fast": 100,
      maintenance: undefined,
      ui: undefined,
      background: undefined,
      general: undefined,
    });
  });

  test("are a base for types of one's own", async () => {
    const { clock } = make();
    const tasks = createTracker({ clock, types: { ...commonTypes, database: { timeoutMs: 50 } } });
    const database = tasks.spawn({ name: "query", type: "database" }, never);
    const channel = tasks.spawn({ name: "send", type: "channel" }, never);
    const general = tasks.spawn("anything", never);
    await clock.advance(50);
    expect([database.state, channel.state]).toEqual(["failed", "running"]);
    await clock.advance(450);
    expect([channel.state, general.state]).toEqual(["failed", "running"]);
  });
});
