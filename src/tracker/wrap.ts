import { types } from "node:util";
import { observeGenerator } from "./observe-generator.ts";
import { needStack } from "../internal/index.ts";
import type { Lifecycle, Overdue } from "./lifecycle.ts";
import { completeObserved, failObserved } from "./observed-end.ts";
import type { Observer } from "./observer.ts";
import { follow, thenOf } from "./promise-kind.ts";
import type { Callable } from "./surroundings.ts";
import type { ObservedSpec } from "./task-spec.ts";
import type { TaskRecord } from "./task-record.ts";

/** Wraps a function so that every call is an observed task. Nothing else about it changes. */
export function wrapFunction<F extends Callable>(observer: Observer, spec: ObservedSpec, fn: F): F {
  // What is bound, a proxy or wrapped already says so too.
  const isGenerator = tagOf(fn) === "AsyncGeneratorFunction";
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
      try {
        if (spec.hasDetails) spec.describe(record);
        lifecycle.announceBegun(record);
        const result: unknown = surroundings.areEmpty
          ? Reflect.apply(fn as (...args: unknown[]) => unknown, this, args)
          : surroundings.call(record, fn, this, args);
        const then = thenOf(result);
        if (then !== undefined)
          return follow(result, then, completeWith.bind(record), failWith.bind(record), record);
        completeObserved(record, result);
        return result;
      } catch (error) {
        try {
          failThrown(lifecycle, record, error);
        } catch {
          const overdue = {} as Overdue;
          overdue.record = record;
          overdue.error = error;
          overdue.next = lifecycle.overdue;
          lifecycle.overdue = overdue;
        }
        throw error;
      }
    },
  }.wrapped as Callable;
}

/** Ends a task whose call throws. Throws itself, and ends nothing, where too little stack is left for all of that. */
function failThrown(lifecycle: Lifecycle, record: TaskRecord, error: unknown): void {
  needStack("few");
  failObserved(record, error);
  lifecycle.endOverdue();
}

/** The call only makes the generator (or throws, in a default value for a parameter); the body runs at its first step. */
function generatorWrapper(observer: Observer, spec: ObservedSpec, fn: Callable): Callable {
  const { lifecycle, surroundings } = observer;
  const observed = (call: () => unknown): unknown => callWrapper(observer, spec, call)();
  // oxlint-disable-next-line typescript/unbound-method -- it is to take the `this` of each call
  return {
    wrapped(this: unknown, ...args: unknown[]): unknown {
      let generator: unknown;
      try {
        generator = Reflect.apply(fn as (...args: unknown[]) => unknown, this, args);
      } catch (error) {
        return observed(() => {
          throw error;
        });
      }
      if (!isAsyncGenerator(generator)) return observed(() => generator);
      const record = lifecycle.enqueue(spec.series, surroundings.current());
      try {
        if (spec.hasDetails) spec.describe(record);
        lifecycle.announceEnqueued(record);
        return observeGenerator(observer, record, generator);
      } catch (error) {
        const overdue = {} as Overdue;
        overdue.record = record;
        overdue.error = error;
        overdue.next = lifecycle.overdue;
        lifecycle.overdue = overdue;
        throw error;
      }
    },
  }.wrapped as Callable;
}

/** Bound to its record: `bind` holds less memory than a closure, and there are two for every running task. */
function completeWith(this: TaskRecord, value: unknown): unknown {
  if (this.extra === undefined) this.series.lifecycle.complete(this);
  else completeObserved(this, value);
  return value;
}

function failWith(this: TaskRecord, error: unknown): never {
  failObserved(this, error);
  throw error;
}

/** What an object says it is, if it says anything. */
function tagOf(value: object): unknown {
  try {
    return (value as { [Symbol.toStringTag]?: unknown })[Symbol.toStringTag];
  } catch {
    return undefined;
  }
}

function isAsyncGenerator(value: unknown): value is AsyncGenerator<unknown, unknown, unknown> {
  return types.isGeneratorObject(value) && tagOf(value) === "AsyncGenerator";
}

const ownToWrapper = new Set<string | symbol>(["length", "name", "prototype", "arguments", "caller"]);

/**
 * Gives `wrapper` the name, the length, the own properties and the prototype of `fn`, as far as `fn` tells them: a proxy
 * need not. A generator function also shares its `prototype`, of which its generators are instances.
 */
export function dressAs<F extends Callable>(wrapper: Callable, fn: F): F {
  try {
    for (const key of Reflect.ownKeys(fn)) {
      const descriptor = Object.getOwnPropertyDescriptor(fn, key);
      if (descriptor !== undefined && !ownToWrapper.has(key)) Object.defineProperty(wrapper, key, descriptor);
    }
    for (const key of ["length", "name"]) {
      const descriptor = Object.getOwnPropertyDescriptor(fn, key);
      if (descriptor === undefined) Reflect.deleteProperty(wrapper, key);
      else Object.defineProperty(wrapper, key, descriptor);
    }
    const parent = Object.getPrototypeOf(fn) as object | null;
    if (parent !== Function.prototype) Object.setPrototypeOf(wrapper, parent);
    const prototype = Object.getOwnPropertyDescriptor(fn, "prototype");
    if (prototype !== undefined && String(tagOf(fn)).endsWith("GeneratorFunction"))
      Object.defineProperty(wrapper, "prototype", prototype);
  } catch {
    // It stays as far as it got.
  }
  return wrapper as F;
}
