import { EventEmitter, once } from "node:events";
import { promisify } from "node:util";
import { callOnce, givenArgs, self } from "./odd-functions.ts";
import type { AnyFunction, OddFunction } from "./odd-functions.ts";

export const oddCalls: readonly OddFunction[] = [
  {
    title: "looks at this and at arguments",
    make: (note) =>
      function (this: unknown) {
        note(this);
        note(arguments.length);
        for (const each of arguments) note(each);
      },
    use: callOnce,
    counts: { completed: 1 },
  },
  {
    title: "is called without this and without arguments",
    make: (note) =>
      function (this: unknown, ...args: unknown[]) {
        note(this);
        note(args.length);
      },
    use: (fn) => fn(),
    counts: { completed: 1 },
  },
  {
    title: "is sloppy, and called without this",
    // oxlint-disable-next-line typescript/no-implied-eval -- modules have no sloppy functions
    make: () => new Function("return this") as AnyFunction,
    use: (fn, note) => note(fn.call(undefined) === globalThis),
    counts: { completed: 1 },
  },
  {
    title: "takes its parameters apart and fails at it",
    make: () =>
      ((...[, second]: [unknown, { missing: { deeper: unknown } }]) => {
        const { missing } = second;
        return missing.deeper;
      }) as AnyFunction,
    use: (fn, note) => {
      try {
        Reflect.apply(fn, self, givenArgs);
      } catch (error) {
        note(String(error));
      }
    },
    counts: { failed: 1 },
  },
  {
    title: "starts in the call, and goes on after it",
    make: (note) => async () => {
      note("starts");
      await null;
      note("goes on");
    },
    use: async (fn, note) => {
      note("before");
      const result = fn();
      note("after");
      await result;
      note("done");
    },
    counts: { completed: 1 },
  },
  {
    title: "is a method with private fields and super",
    make: () => {
      class Base {
        greet(): string {
          return "hello";
        }
      }
      class Derived extends Base {
        #secret = "secret";
        override greet(this: Derived): string {
          return `${super.greet()} ${this.#secret}`;
        }
      }
      // oxlint-disable-next-line typescript/unbound-method -- called with `instance` as `this`
      return Object.assign(Derived.prototype.greet as AnyFunction, { instance: new Derived() });
    },
    use: (fn, note) => note(fn.call((fn as AnyFunction & { instance: unknown }).instance)),
    counts: { completed: 1 },
  },
  {
    title: "is a getter",
    make: (note) => {
      const holder = {
        get answer() {
          note("read");
          return this;
        },
      };
      const descriptor = Object.getOwnPropertyDescriptor(holder, "answer");
      // oxlint-disable-next-line typescript/unbound-method -- an accessor's, made to be taken
      return descriptor?.get as AnyFunction;
    },
    use: (fn, note) => {
      const holder = Object.defineProperty({}, "answer", { get: fn }) as { readonly answer: unknown };
      note(holder.answer === holder);
    },
    counts: { completed: 1 },
  },
  {
    title: "calls itself",
    make: () =>
      function count(this: unknown, again: unknown, left: unknown): unknown {
        return left === 0 ? 0 : 1 + ((again as AnyFunction)(again, (left as number) - 1) as number);
      },
    use: (fn, note) => note(fn(fn, 50)),
    counts: { completed: 51 },
  },
  {
    title: "throws out of the middle of a recursion",
    make: () => (again, left) => {
      if (left === 0) throw self;
      return (again as AnyFunction)(again, (left as number) - 1);
    },
    use: (fn, note) => {
      try {
        fn(fn, 20);
      } catch (error) {
        note(error);
      }
    },
    counts: { failed: 21 },
  },
  {
    title: "is an argument of array methods",
    make: (note) => (element, index, array) => {
      note(index);
      note((array as unknown[]).length);
      return element;
    },
    use: (fn, note) => {
      for (const each of givenArgs.map(fn)) note(each);
    },
    counts: { completed: 3 },
  },
  {
    title: "compares for a sort",
    make: () => (a, b) => (a as number) - (b as number),
    use: (fn, note) => note([2, 1].toSorted(fn as (a: number, b: number) => number).join()),
    counts: { completed: 1 },
  },
  {
    title: "converts its object to a primitive",
    make: () =>
      function (this: unknown, hint) {
        return String(hint);
      },
    use: (fn, note) => note(`${{ [Symbol.toPrimitive]: fn } as unknown as string}`),
    counts: { completed: 1 },
  },
  {
    title: "listens to an emitter",
    make: (note) =>
      function (this: unknown, ...args) {
        note(this instanceof EventEmitter);
        for (const each of args) note(each);
      },
    use: (fn, note) => {
      const emitter = new EventEmitter();
      emitter.on("event", fn);
      emitter.once("event", fn);
      note(emitter.emit("event", ...givenArgs));
      note(emitter.listenerCount("event"));
      note(emitter.off("event", fn).listenerCount("event"));
      note(emitter.emit("event", ...givenArgs));
    },
    counts: { completed: 2 },
  },
  {
    title: "is an asynchronous listener whose rejection the emitter takes",
    make: () => async () => {
      await null;
      throw self;
    },
    use: async (fn, note) => {
      const emitter = new EventEmitter({ captureRejections: true });
      emitter.on("event", fn);
      emitter.emit("event");
      // `once` would reject with it: an error event is one like another here.
      note(await once(emitter, "error").then(([error]: unknown[]) => error));
    },
    counts: { failed: 1 },
  },
  {
    title: "is called back by timers and the microtask queue",
    make:
      (note) =>
      (...args) =>
        note(args.length),
    use: async (fn) => {
      queueMicrotask(fn as () => void);
      process.nextTick(fn, 1, 2);
      await new Promise<void>((resolve) => {
        setImmediate((...args: unknown[]) => {
          fn(...args);
          resolve();
        }, 1);
      });
      await new Promise<void>((resolve) => {
        setTimeout(
          (...args: unknown[]) => {
            fn(...args);
            resolve();
          },
          0,
          1,
          2,
          3,
        );
      });
    },
    counts: { completed: 4 },
  },
  {
    title: "takes a callback and is made to give promises",
    make: () => (given, callback) => {
      (callback as (...args: unknown[]) => void)(null, given);
    },
    use: async (fn, note) =>
      note(await promisify(fn as (given: unknown, callback: (...args: unknown[]) => void) => void)(self)),
    counts: { completed: 1 },
  },
];
