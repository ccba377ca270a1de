import { Readable } from "node:stream";
import { types } from "node:util";
import { self } from "./odd-functions.ts";
import type { AnyFunction, ExpectedCounts, Note, OddFunction } from "./odd-functions.ts";

type Generator = AsyncGenerator<unknown, unknown, unknown>;

/** Notes a step's result, or its error. */
async function noteStep(note: Note, step: Promise<IteratorResult<unknown>>): Promise<void> {
  try {
    const { done, value } = await step;
    note(done);
    note(value);
  } catch (error) {
    note("rejected");
    note(error);
  }
}

/** Notes what steps taken at once came to, in their order. */
async function noteSteps(note: Note, steps: readonly Promise<IteratorResult<unknown>>[]): Promise<void> {
  await Promise.allSettled(steps);
  for (const step of steps) await noteStep(note, step);
}

/** Gives 1 and 2, is done with `self`, and notes how far it gets. */
const counting = (note: Note): AnyFunction =>
  async function* () {
    note("started");
    try {
      note(yield 1);
      note(yield 2);
      return self;
    } catch (error) {
      note("caught");
      note(error);
      throw error;
    } finally {
      note("finally");
    }
  };

const generates = (
  title: string,
  drive: (generator: Generator, note: Note) => unknown,
  counts: ExpectedCounts,
  make: (note: Note) => AnyFunction = counting,
): OddFunction => ({
  title,
  make,
  use: async (fn, note) => {
    const generator = fn("given") as Generator;
    note("made");
    note(types.isGeneratorObject(generator));
    note(generator[Symbol.asyncIterator]() === generator);
    note(Object.prototype.toString.call(generator));
    note(JSON.stringify(Object.keys(generator)));
    await drive(generator, note);
  },
  counts,
});

export const oddGenerators: readonly OddFunction[] = [
  generates("is never stepped", () => {}, { queued: 1 }),
  generates("is left alone in the middle", (it, note) => noteStep(note, it.next()), { running: 1 }),
  generates(
    "is stepped to its end, and beyond",
    async (it, note) => {
      for (const given of ["a", "b", "c", "d"]) await noteStep(note, it.next(given));
      await noteStep(note, it.return("e"));
      await noteStep(note, it.throw(self));
    },
    { completed: 1 },
  ),
  generates(
    "is walked by for await",
    async (it, note) => {
      for await (const each of it) note(each);
    },
    { completed: 1 },
  ),
  generates(
    "is walked by for await with a break",
    async (it, note) => {
      for await (const each of it) {
        note(each);
        break;
      }
      await noteStep(note, it.next());
    },
    { completed: 1 },
  ),
  generates(
    "is walked by for await whose body throws",
    async (it, note) => {
      try {
        for await (const each of it) {
          note(each);
          throw self;
        }
      } catch (error) {
        note(error);
      }
    },
    { completed: 1 },
  ),
  generates("is returned before its first step", (it, note) => noteStep(note, it.return(self)), {
    completed: 1,
  }),
  generates("is thrown into before its first step", (it, note) => noteStep(note, it.throw(self)), {
    failed: 1,
  }),
  generates(
    "is returned in the middle",
    async (it, note) => {
      await noteStep(note, it.next());
      await noteStep(note, it.return(self));
    },
    { completed: 1 },
  ),
  generates(
    "is thrown into in the middle",
    async (it, note) => {
      await noteStep(note, it.next());
      await noteStep(note, it.throw(self));
      await noteStep(note, it.next());
    },
    { failed: 1 },
  ),
  generates(
    "takes what is thrown into it, and goes on",
    async (it, note) => {
      await noteStep(note, it.next());
      await noteStep(note, it.throw(self));
      await noteStep(note, it.next());
    },
    { completed: 1 },
    () =>
      async function* () {
        try {
          yield 1;
        } catch (error) {
          yield error;
        }
      },
  ),
  generates(
    "is stepped several times at once",
    async (it, note) => {
      const steps = [it.next("a"), it.next("b"), it.next("c"), it.next("d")];
      await noteSteps(note, steps);
    },
    { completed: 1 },
  ),
  generates(
    "is stepped and returned at once",
    async (it, note) => {
      const steps = [it.next("a"), it.return(self), it.next("b")];
      await noteSteps(note, steps);
    },
    { completed: 1 },
  ),
  generates(
    "yields in a finally that return runs",
    async (it, note) => {
      await noteStep(note, it.next());
      await noteStep(note, it.return(self));
      await noteStep(note, it.next());
    },
    { completed: 1 },
    () =>
      async function* () {
        try {
          yield 1;
        } finally {
          yield "not yet";
        }
      },
  ),
  generates(
    "yields a promise that rejects",
    async (it, note) => {
      await noteStep(note, it.next());
      await noteStep(note, it.next());
    },
    { failed: 1 },
    () =>
      async function* () {
        yield Promise.reject(self as unknown as Error);
      },
  ),
  generates(
    "is returned with a promise that rejects",
    async (it, note) => {
      await noteStep(note, it.next());
      await noteStep(note, it.return(Promise.reject(self as unknown as Error)));
    },
    { failed: 1 },
  ),
  generates(
    "throws at once",
    async (it, note) => {
      await noteStep(note, it.next());
      await noteStep(note, it.next());
    },
    { failed: 1 },
    () =>
      // oxlint-disable-next-line require-yield -- it is about that
      async function* () {
        throw self;
      },
  ),
  generates(
    "hands on to another of its kind, and to an array",
    async (it, note) => {
      for await (const each of it) note(each);
    },
    { completed: 1 },
    (note) => {
      const inner = counting(note);
      return async function* () {
        note(yield* inner() as Generator);
        yield* ["x", "y"];
      };
    },
  ),
  generates(
    "is handed on to",
    async (it, note) => {
      const outer = (async function* (): AsyncGenerator<unknown, unknown, unknown> {
        note(yield* it);
        return undefined;
      })();
      await noteStep(note, outer.next());
      await noteStep(note, outer.next());
      await noteStep(note, outer.return(self));
    },
    { completed: 1 },
  ),
  generates(
    "feeds a stream",
    async (it, note) => {
      for await (const each of Readable.from(it)) note(each);
    },
    { completed: 1 },
  ),
  generates(
    "sees this, its arguments and its own prototype",
    async (it, note) => {
      await noteStep(note, it.next());
      note((it as Generator & { extra?: unknown }).extra);
    },
    { completed: 1 },
    (note) => {
      // oxlint-disable-next-line require-yield -- it is about what it sees
      async function* makes(this: unknown, ...args: unknown[]): AsyncGenerator<unknown, void, unknown> {
        note(this);
        note(args.length);
        note(args[0]);
      }
      Object.assign(makes.prototype as object, { extra: self });
      return makes;
    },
  ),
  generates(
    "lends its steps to another",
    async (it, note) => {
      const other = counting(note)() as Generator;
      // oxlint-disable-next-line typescript/unbound-method -- it is about that
      const { next } = it;
      await noteStep(note, Reflect.apply(next, other, ["lent"]));
      await noteStep(
        note,
        Reflect.apply(next, {}, []).catch((error: unknown) => {
          note((error as Error).constructor);
          throw "no generator";
        }),
      );
    },
    { queued: 1 },
  ),
  {
    title: "is a generator method of a class",
    make: () => {
      class Source {
        readonly #items = ["x", "y"];
        async *items(): AsyncGenerator<string> {
          for (const item of this.#items) yield item;
        }
        static readonly made = new Source();
      }
      // oxlint-disable-next-line typescript/unbound-method -- called with `made` as `this`
      return Object.assign(Source.prototype.items as AnyFunction, { made: Source.made });
    },
    use: async (fn, note) => {
      const source = { items: fn };
      const { made } = fn as AnyFunction & { made: object };
      for await (const each of Reflect.apply(fn, made, []) as Generator) note(each);
      const step = (source.items() as Generator).next();
      note(await step.then(String, (error: unknown) => (error as Error).constructor));
    },
    counts: { completed: 1, failed: 1 },
  },
  {
    title: "is an asynchronous generator that throws in a default value of a parameter",
    make: () =>
      async function* (given = throwSelf()) {
        yield given;
      } as AnyFunction,
    use: (fn, note) => {
      try {
        fn();
      } catch (error) {
        note("threw in the call");
        note(error);
      }
    },
    counts: { failed: 1 },
  },
  {
    title: "is a synchronous generator",
    make: (note) =>
      function* (this: unknown, ...args: unknown[]) {
        note(this);
        note(args.length);
        yield* args;
      },
    use: (fn, note) => {
      const generator = fn(1, 2) as Iterable<unknown>;
      note(types.isGeneratorObject(generator));
      for (const each of generator) note(each);
    },
    counts: { completed: 1 },
  },
];

function throwSelf(): never {
  throw self;
}
