/* oxlint-disable unicorn/no-thenable -- some of it is about thenables */
/** Any function, as far as making and calling it goes. */
export type AnyFunction = (this: unknown, ...args: unknown[]) => unknown;

/** Notes one thing that code outside could observe. What is noted is compared by identity. */
export type Note = (entry: unknown) => void;

/** What the tracker must have counted when all is over. Whatever is not named is 0. */
export interface ExpectedCounts {
  readonly queued?: number;
  readonly running?: number;
  readonly completed?: number;
  readonly failed?: number;
}

/** A function that is odd in one way, and how it is used. */
export interface OddFunction {
  readonly title: string;
  /** Makes it afresh. What it notes and what it gives must be the same each time. */
  readonly make: (note: Note) => AnyFunction;
  /** Uses it, and notes what comes of it. By default: one call, see `callOnce` and `callAndSettle`. */
  readonly use: (fn: AnyFunction, note: Note) => unknown;
  readonly counts: ExpectedCounts;
}

export const self: object = Object.freeze({ self: true });
export const givenArgs: readonly unknown[] = Object.freeze([
  Object.freeze({ first: 1 }),
  "second",
  undefined,
]);

/** One call; notes the very value or error. */
export function callOnce(fn: AnyFunction, note: Note): void {
  note("called");
  let result: unknown;
  try {
    result = Reflect.apply(fn, self, givenArgs);
  } catch (error) {
    note("threw in the call");
    note(error);
    return;
  }
  note("returned");
  note(result);
}

const value = (title: string, given: unknown): OddFunction => ({
  title: `gives ${title}`,
  make: () => () => given,
  use: callOnce,
  counts: { completed: 1 },
});

const thrower = (title: string, given: unknown): OddFunction => ({
  title: `throws ${title} in the call`,
  make: () => () => {
    throw given;
  },
  use: callOnce,
  counts: { failed: 1 },
});

/** An error that cannot be looked at. */
function hostileError(): Error {
  const error = new Error("hostile");
  for (const key of ["stack", "name", "message", "constructor", "cause", "toString"]) {
    Object.defineProperty(error, key, {
      get: () => {
        throw new Error(`read ${key}`);
      },
    });
  }
  return error;
}

function revokedProxy(): object {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
}

/** Things to throw and to reject with. */
export const strangeErrors: readonly (readonly [title: string, error: unknown])[] = [
  ["an error", new TypeError("plain")],
  ["undefined", undefined],
  ["null", null],
  ["a string", "just words"],
  ["NaN", Number.NaN],
  ["a symbol", Symbol("thrown")],
  ["a function", () => "thrown"],
  ["a frozen error", Object.freeze(new RangeError("frozen"))],
  ["a proxy of an error", new Proxy(new Error("behind a proxy"), {})],
  ["an error whose getters throw", hostileError()],
  ["a revoked proxy", revokedProxy()],
  ["an object without a prototype", Object.create(null)],
  ["an AbortError", new DOMException("stopped", "AbortError")],
];

const throwingThen = Object.defineProperty({}, "then", {
  get: () => {
    throw new Error("read then");
  },
});

const plainAsyncIterator: AsyncIterableIterator<number> = {
  next: () => Promise.resolve({ done: true, value: undefined }),
  [Symbol.asyncIterator]() {
    return this;
  },
};

const values: readonly OddFunction[] = [
  value("undefined", undefined),
  value("null", null),
  value("negative zero", -0),
  value("NaN", Number.NaN),
  value("a symbol", Symbol("given")),
  value("a big integer", 12n),
  value("a function", () => 1),
  value("a class", class Given {}),
  value("a frozen object", Object.freeze({ deep: Object.freeze([1]) })),
  value("an object whose then getter throws", throwingThen),
  value("an object whose then is no function", Object.freeze({ then: 1 })),
  value("an object without a prototype", Object.create(null)),
  value("a proxy", new Proxy({}, {})),
  value(
    "a synchronous generator object",
    (function* () {
      yield 1;
    })(),
  ),
  value("an async iterator that is no generator", plainAsyncIterator),
];

const named = (name: unknown): ((note: Note) => AnyFunction) => {
  return () => Object.defineProperty(() => 1, "name", { value: name });
};

const sized = (length: unknown): ((note: Note) => AnyFunction) => {
  return () => Object.defineProperty(() => 1, "length", { value: length });
};

const oneCall = (title: string, make: (note: Note) => AnyFunction): OddFunction => ({
  title,
  make,
  use: callOnce,
  counts: { completed: 1 },
});

const shapes: readonly OddFunction[] = [
  oneCall("has no name", () => () => 1),
  oneCall("has a name of 10,000 letters", named("n".repeat(10_000))),
  oneCall("has a name with control characters and half a surrogate pair", named("a\u0000\u202eb\ud800")),
  oneCall("has an object for a name", named(Object.freeze({ toString: null }))),
  oneCall("has a symbol for a name", named(Symbol.iterator)),
  oneCall("has __proto__ for a name", named("__proto__")),
  oneCall("has a negative length", sized(-5)),
  oneCall("has an infinite length", sized(Number.POSITIVE_INFINITY)),
  oneCall("has a string for a length", sized("many")),
  oneCall("has lost its name and its length", () => {
    const fn = (): number => 1;
    Reflect.deleteProperty(fn, "name");
    Reflect.deleteProperty(fn, "length");
    return fn;
  }),
  oneCall("has an accessor for a name", (note) =>
    Object.defineProperty(() => 1, "name", {
      get: () => {
        note("read the name");
        throw new Error("name");
      },
    }),
  ),
  oneCall(
    "has parameters with defaults",
    () => ((a: unknown, b = 2, ...c: unknown[]) => [a, b, c].length) as AnyFunction,
  ),
  oneCall("is frozen", () => Object.freeze(() => 1)),
  oneCall("has properties of its own, of every kind", (note) => {
    const fn = Object.assign(() => 1, { plain: self, [Symbol.for("odd")]: self, apply: 1, call: 2, bind: 3 });
    Object.defineProperty(fn, "hidden", { value: self });
    Object.defineProperty(fn, "lazy", {
      get: () => {
        note("read the lazy property");
      },
      enumerable: true,
      configurable: true,
    });
    return fn;
  }),
  oneCall("has a then of its own", () => Object.assign(() => 1, { then: () => 2 })),
  oneCall("has no prototype", () => Object.setPrototypeOf(() => 1, null) as AnyFunction),
  oneCall(
    "is bound",
    () =>
      function (this: unknown, ...args: unknown[]) {
        return args.length === 4 && this === self ? self : undefined;
      }.bind(self, "bound") as AnyFunction,
  ),
  oneCall("is a proxy with an apply trap", (note) => {
    const fn = (): object => self;
    return new Proxy<AnyFunction>(fn, {
      apply: (target, thisArgument, args: unknown[]) => {
        note(thisArgument);
        note(args.length);
        return Reflect.apply(target, thisArgument, args);
      },
    });
  }),
  oneCall("is built in", () => String as AnyFunction),
];

export const oddFunctions: readonly OddFunction[] = [
  ...values,
  ...strangeErrors.map(([title, error]) => thrower(title, error)),
  ...shapes,
];
