import { completeObserved, failObserved } from "./observed-end.ts";
import type { Observer } from "./observer.ts";
import { follow, thenOf } from "./promise-kind.ts";
import type { Callable } from "./surroundings.ts";
import type { TaskRecord } from "./task-record.ts";

type AnyGenerator = AsyncGenerator<unknown, unknown, unknown>;
type Step = "next" | "return" | "throw";

/**
 * Follows an async generator as one task: started by its first step, ended by exhaustion, `return` or `throw`. The
 * object stays the language's own; its three steps, the language's or what replaces them, are shadowed by ones that run
 * inside the task.
 */
export function observeGenerator(
  observer: Observer,
  record: TaskRecord,
  generator: AnyGenerator,
): AnyGenerator {
  for (const step of ["next", "return", "throw"] as const) {
    const original: unknown = generator[step];
    if (typeof original !== "function") continue;
    Object.defineProperty(generator, step, {
      value: observedStep(observer, record, generator, step, original as Callable),
      configurable: true,
      enumerable: false,
      writable: true,
    });
  }
  // Nobody but its holder can bring it to an end.
  record.lifeline = generator;
  return generator;
}

function observedStep(
  { lifecycle, surroundings }: Observer,
  record: TaskRecord,
  generator: AnyGenerator,
  step: Step,
  original: Callable,
): Callable {
  const onResult = (result: unknown): unknown => {
    const { done, value } = (result ?? {}) as Partial<IteratorResult<unknown>>;
    if (done === true) completeObserved(record, value);
    return result;
  };
  const onError = (error: unknown): never => {
    failObserved(record, error);
    throw error;
  };
  const method = {
    [step](this: unknown, ...args: unknown[]): unknown {
      if (this !== generator || !record.isLive) return Reflect.apply(original, this, args as never[]);
      if (record.state === "queued") lifecycle.start(record, false);
      let result: unknown;
      try {
        result = surroundings.call(record, original, this, args);
      } catch (error) {
        return onError(error);
      }
      const then = thenOf(result);
      return then === undefined ? onResult(result) : follow(result, then, onResult, onError);
    },
  };
  return method[step] as Callable;
}
