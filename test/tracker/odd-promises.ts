import { types } from "node:util";
import { runInNewContext } from "node:vm";
import { givenArgs, self, strangeErrors } from "./odd-functions.ts";
import type { AnyFunction, ExpectedCounts, Note, OddFunction } from "./odd-functions.ts";
import { turn } from "./support.ts";

/** One call whose result is awaited; notes what it settles with. */
async function callAndSettle(fn: AnyFunction, note: Note): Promise<void> {
  note("called");
  const result = Reflect.apply(fn, self, givenArgs);
  note("returned");
  try {
    const value: unknown = await result;
    note("fulfilled");
    note(value);
  } catch (error) {
    note("rejected");
    note(error);
  }
}

const settles = (
  title: string,
  make: (note: Note) => AnyFunction,
  counts: ExpectedCounts = { completed: 1 },
): OddFunction => ({ title, make, use: callAndSettle, counts });

class Plain extends Promise<unknown> {}

class OfSpecies extends Promise<unknown> {
  static override get [Symbol.species](): PromiseConstructor {
    return Promise;
  }
}

/** A subclass that tells when its `then` is called, and by whom it is made. */
function tellingSubclass(note: Note): typeof Plain {
  return class Telling extends Promise<unknown> {
    // oxlint-disable-next-line unicorn/no-thenable -- it is about them
    override then<A, B>(
      onFulfilled?: ((value: unknown) => A | PromiseLike<A>) | null,
      onRejected?: ((reason: unknown) => B | PromiseLike<B>) | null,
    ): Promise<A | B> {
      note("then");
      return super.then(onFulfilled, onRejected);
    }
  };
}

/** Starts its work when somebody first waits for it. */
class Lazy extends Promise<unknown> {
  readonly #start: () => unknown;

  constructor(start: () => unknown) {
    super(() => {});
    this.#start = start;
  }

  static override get [Symbol.species](): PromiseConstructor {
    return Promise;
  }

  // oxlint-disable-next-line unicorn/no-thenable -- it is about them
  override then<A, B>(
    onFulfilled?: ((value: unknown) => A | PromiseLike<A>) | null,
    onRejected?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    return new Promise<unknown>((resolve) => {
      resolve(this.#start());
    }).then(onFulfilled, onRejected);
  }
}

type Settle = (value: unknown) => void;

/** A thenable that is no promise; notes each call of its `then`. */
const thenable = (note: Note, run: (resolve: Settle, reject: Settle) => void): object => ({
  // oxlint-disable-next-line unicorn/no-thenable -- it is about them
  then(resolve: Settle, reject: Settle) {
    note("then");
    note(this !== undefined);
    run(resolve, reject);
  },
});

const promises: readonly OddFunction[] = [
  settles("is asynchronous", () => async () => self),
  settles(
    "is asynchronous and looks at this and its arguments",
    (note) =>
      async function (this: unknown, ...args: unknown[]) {
        note(this);
        for (const each of args) note(each);
        await null;
        return this;
      },
  ),
  settles("gives a promise that is settled", () => () => Promise.resolve(self)),
  settles(
    "gives a promise that is locked to another",
    () => () =>
      new Promise((resolve) => {
        resolve(turn().then(() => self));
      }),
  ),
  settles("gives a promise of a function", () => async () => callAndSettle),
  settles("gives a promise of an object whose then is no function", () => async () => self),
  settles(
    "settles its promise more than once",
    () => () =>
      new Promise((resolve, reject) => {
        resolve(self);
        resolve(1);
        reject(new Error("late"));
      }),
  ),
  settles("gives a frozen promise", () => () => Object.freeze(Promise.resolve(self))),
  settles(
    "gives a promise with members of its own",
    () => () => Object.assign(Promise.resolve(self), { cancel: () => true }),
  ),
  settles(
    "gives a promise with a constructor of its own",
    () => () => Object.assign(Promise.resolve(self), { constructor: Object }),
  ),
  settles(
    "gives a promise whose constructor getter throws",
    () => () =>
      Object.defineProperty(Promise.resolve(1), "constructor", {
        get: () => {
          throw self;
        },
      }),
    { failed: 1 },
  ),
  settles("gives a promise of a subclass", () => () => Plain.resolve(self)),
  settles("gives a promise of a subclass that rejects", () => () => Plain.reject(self), { failed: 1 }),
  settles("gives a promise of a subclass with another species", () => () => OfSpecies.resolve(self)),
  settles("gives a promise of a subclass with a then of its own", (note) => {
    const Telling = tellingSubclass(note);
    return () => Telling.resolve(self);
  }),
  settles(
    "gives a promise that starts when it is waited for",
    (note) => () =>
      new Lazy(() => {
        note("started");
        return self;
      }),
  ),
  settles("gives a promise of another realm", () => () => {
    const foreign = runInNewContext("given => Promise.resolve(given)") as (given: object) => unknown;
    return foreign(self);
  }),
  settles(
    "gives a promise of another realm that rejects",
    () => () => {
      const foreign = runInNewContext("given => Promise.reject(given)") as (given: object) => unknown;
      return foreign(self);
    },
    { failed: 1 },
  ),
  settles("gives a thenable", (note) => () => thenable(note, (resolve) => resolve(self))),
  settles(
    "gives a thenable that settles later",
    (note) => () => thenable(note, (resolve) => setImmediate(resolve, self)),
  ),
  settles(
    "gives a thenable that settles more than once",
    (note) => () =>
      thenable(note, (resolve, reject) => {
        resolve(self);
        reject(new Error("late"));
        resolve(1);
      }),
  ),
  settles(
    "gives a thenable that throws after it has settled",
    (note) => () =>
      thenable(note, (resolve) => {
        resolve(self);
        throw new Error("late");
      }),
  ),
  settles(
    "gives a thenable whose then throws",
    (note) => () =>
      thenable(note, () => {
        throw self;
      }),
    { failed: 1 },
  ),
  settles("gives a thenable that rejects", (note) => () => thenable(note, (_, reject) => reject(self)), {
    failed: 1,
  }),
  settles(
    "gives a thenable of a thenable",
    (note) => () => thenable(note, (resolve) => resolve(thenable(note, (inner) => inner(self)))),
  ),
  settles(
    "gives a function with a then",
    (note) => () =>
      Object.assign(
        () => 1,
        thenable(note, (resolve) => resolve(self)),
      ),
  ),
  {
    title: "gives a promise that never settles",
    make: () => () => new Promise(() => {}),
    use: async (fn, note) => {
      const result = fn();
      note(types.isPromise(result));
      note(await Promise.race([result, turn().then(() => "still waits")]));
    },
    counts: { running: 1 },
  },
  {
    title: "gives a thenable that never settles",
    make: (note) => () => thenable(note, () => {}),
    use: async (fn, note) => note(await Promise.race([fn(), turn().then(() => "still waits")])),
    counts: { running: 1 },
  },
  {
    title: "is asynchronous and throws in a default value of a parameter",
    make: () => (async (_given, other = Reflect.apply(throwSelf, undefined, [])) => other) as AnyFunction,
    use: async (fn, note) => {
      const result = fn(1);
      note("returned");
      note(await (result as Promise<unknown>).catch((error: unknown) => error));
    },
    counts: { failed: 1 },
  },
  {
    title: "calls itself and waits",
    make: () => async (again, left) =>
      left === 0 ? 0 : 1 + (await ((again as AnyFunction)(again, (left as number) - 1) as Promise<number>)),
    use: async (fn, note) => note(await fn(fn, 30)),
    counts: { completed: 31 },
  },
  {
    title: "is called many times at once",
    make: (note) => async (index) => {
      note(index);
      await turn();
      if ((index as number) % 2 === 1) throw index;
      return index;
    },
    use: async (fn, note) => {
      const settled = await Promise.allSettled(Array.from({ length: 10 }, (_, index) => fn(index)));
      for (const each of settled) note(each.status === "fulfilled" ? each.value : each.reason);
    },
    counts: { completed: 5, failed: 5 },
  },
  {
    title: "stops with an AbortError when its own signal is aborted",
    make: () => (signal) =>
      new Promise((_, reject) => {
        (signal as AbortSignal).addEventListener("abort", function (this: AbortSignal) {
          reject(this.reason);
        });
      }),
    use: async (fn, note) => {
      const controller = new AbortController();
      const result = fn(controller.signal) as Promise<unknown>;
      controller.abort();
      await result.catch((error: unknown) => note(error === controller.signal.reason));
    },
    counts: { failed: 1 },
  },
];

function throwSelf(): never {
  throw self;
}

export const oddPromises: readonly OddFunction[] = [
  ...promises,
  ...strangeErrors.flatMap(([title, error]) => [
    settles(`rejects with ${title}`, () => () => Promise.reject(error as Error), { failed: 1 }),
    settles(
      `is asynchronous and throws ${title}`,
      () => async () => {
        await null;
        throw error;
      },
      { failed: 1 },
    ),
  ]),
];
