import { types } from "node:util";
import { observeGenerator } from "./observe-generator.ts";
import { completeObserved, failObserved } from "./observed-end.ts";
import type { Observer } from "./observer.ts";
import { adoptThenable, isPlainPromise } from "./promise-kind.ts";
import type { Callable } from "./surroundings.ts";
import type { ObservedSpec } from "./task-spec.ts";
import type { TaskRecord } from "./task-record.ts";

/** Wraps a function so that every call is an observed task. Nothing else about it changes. */
export function wrapFunction<F extends Callable>(observer: Observer, spec: ObservedSpec, fn: F): F {
  const isGenerator = types.isGeneratorFunction(fn) && types.isAsyncFunction(fn);
  const wrapped = isGenerator ? generatorWrapper(observer, spec, fn) : callWrapper(observer, spec, fn);
  return dressAs(wrapped, fn);
}

function callWrapper(observer: Observer, spec: ObservedSpec, fn: Callable): Callable {
  const { lifecycle, surroundings } = observer;
  const { series } = spec;
  // A method, so that it takes any `this` and is, like an async function, no constructor.
  // oxlint-disable-next-line typescript/unbound-method -- it is to take the `this` of each call
  return {
    wrapped(this: unknown, ...args: unknown[]): unknown {
      const record = lifecycle.begin(series, surroundings.current());
      if (spec.hasDetails) spec.describe(record);
      lifecycle.announceBegun(record);
      let result: unknown;
      try {
        result = surroundings.areEmpty
          ? Reflect.apply(fn as (...args: unknown[]) => unknown, this, args)
          : surroundings.call(record, fn, this, args);
      } catch (error) {
        failObserved(record, error);
        throw error;
      }
      if (isPlainPromise(result)) return result.then(completeWith.bind(record), failWith.bind(record));
      return settleOther(record, result);
    },
  }.wrapped as Callable;
}

/** What is no plain promise: a thenable is adopted, anything else is the value. */
function settleOther(record: TaskRecord, result: unknown): unknown {
  const adopted = adoptThenable(result);
  if (adopted !== undefined) return adopted.then(completeWith.bind(record), failWith.bind(record));
  completeObserved(record, result);
  return result;
}

/** The call only makes the generator (or throws, in a default value for a parameter); the body runs at its first step. */
function generatorWrapper(observer: Observer, spec: ObservedSpec, fn: Callable): Callable {
  const { lifecycle, surroundings } = observer;
  // oxlint-disable-next-line typescript/unbound-method -- it is to take the `this` of each call
  return {
    wrapped(this: unknown, ...args: unknown[]): unknown {
      let generator: unknown;
      try {
        generator = Reflect.apply(fn as (...args: unknown[]) => unknown, this, args);
      } catch (error) {
        const record = lifecycle.begin(spec.series, surroundings.current());
        if (spec.hasDetails) spec.describe(record);
        lifecycle.announceBegun(record);
        failObserved(record, error);
        throw error;
      }
      const record = lifecycle.enqueue(spec.series, surroundings.current());
      if (spec.hasDetails) spec.describe(record);
      lifecycle.announceEnqueued(record);
      return observeGenerator(observer, record, generator as AsyncGenerator<unknown, unknown, unknown>);
    },
  }.wrapped as Callable;
}

/** Bound to its record: `bind` holds less memory than a closure, and there are two for every running task. */
function completeWith(this: TaskRecord, value: unknown): unknown {
  completeObserved(this, value);
  return value;
}

function failWith(this: TaskRecord, error: unknown): never {
  failObserved(this, error);
  throw error;
}

const ownToWrapper = new Set<string | symbol>(["length", "name", "prototype", "arguments", "caller"]);

/** Gives `wrapper` the name, the length and the own properties of `fn`. */
export function dressAs<F extends Callable>(wrapper: Callable, fn: F): F {
  for (const key of Reflect.ownKeys(fn)) {
    const descriptor = Object.getOwnPropertyDescriptor(fn, key);
    if (descriptor !== undefined && !ownToWrapper.has(key)) Object.defineProperty(wrapper, key, descriptor);
  }
  for (const key of ["length", "name"]) {
    const descriptor = Object.getOwnPropertyDescriptor(fn, key);
    if (descriptor === undefined) Reflect.deleteProperty(wrapper, key);
    else Object.defineProperty(wrapper, key, descriptor);
  }
  return wrapper as F;
}
