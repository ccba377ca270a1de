import { expect, test } from "vitest";
import { createTracker } from "taskscope";
import type { TaskHandle } from "taskscope";
import { ManualClock } from "taskscope/testing";
import { turn } from "../tracker/support.ts";

/** Never settles itself: its `then` hands on what the work gives, as lazy promises do. */
class Lazy extends Promise<number> {
  readonly #work: () => Promise<number>;

  static override get [Symbol.species](): PromiseConstructor {
    return Promise;
  }

  constructor(work: () => Promise<number>) {
    super(() => {});
    this.#work = work;
  }

  // oxlint-disable-next-line unicorn/no-thenable -- that is what it is about
  override then<A = number, B = never>(
    onFulfilled?: ((value: number) => A | PromiseLike<A>) | null,
    onRejected?: ((error: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    return this.#work().then(onFulfilled, onRejected);
  }
}

test("a promise that settles others without settling itself is not proved lost by its collection", async () => {
  const clock = new ManualClock();
  const tasks = createTracker({ clock, watchMs: 1_000 });
  let settle: (value: number) => void = () => {};
  const work = new Promise<number>((resolve) => (settle = resolve));
  const got: number[] = [];
  const track = (): TaskHandle => {
    const lazy = new Lazy(() => work);
    const handle = tasks.track("lazy", lazy);
    void lazy.then((value) => got.push(value));
    return handle;
  };
  const handle = track();
  await clock.advance(3_000);
  for (let pass = 0; pass < 5; pass += 1) {
    await turn();
    globalThis.gc?.();
  }
  expect(handle.state).toBe("running");
  settle(42);
  await turn();
  expect(got).toEqual([42]);
});
