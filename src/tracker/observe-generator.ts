import { completeObserved, failObserved } from "./observed-end.ts";
import type { Observer } from "./observer.ts";
import type { TaskRecord } from "./task-record.ts";

type AnyGenerator = AsyncGenerator<unknown, unknown, unknown>;
type Step = "next" | "return" | "throw";

const asyncGeneratorPrototype = Object.getPrototypeOf(async function* () {}.prototype) as Record<
  Step,
  (...args: unknown[]) => Promise<unknown>
>;

/**
 * Follows an async generator as one task: started by its first step, ended by exhaustion, `return` or `throw`. The
 * object stays the language's own; its three steps are shadowed by ones that run inside the task.
 */
export function observeGenerator(
  observer: Observer,
  record: TaskRecord,
  generator: AnyGenerator,
): AnyGenerator {
  for (const step of ["next", "return", "throw"] as const) {
    Object.defineProperty(generator, step, {
      value: observedStep(observer, record, generator, step),
      configurable: true,
      enumerable: false,
      writable: true,
    });
  }
  return generator;
}

function observedStep(
  { lifecycle, surroundings }: Observer,
  record: TaskRecord,
  generator: AnyGenerator,
  step: Step,
): (...args: unknown[]) => unknown {
  const original = asyncGeneratorPrototype[step];
  const onResult = (result: unknown): unknown => {
    if ((result as IteratorResult<unknown>).done === true)
      completeObserved(record, (result as IteratorResult<unknown>).value);
    return result;
  };
  const onError = (error: unknown): never => {
    failObserved(record, error);
    throw error;
  };
  const method = {
    [step](this: unknown, ...args: unknown[]): unknown {
      if (this !== generator || !record.isLive) return Reflect.apply(original, this, args);
      if (record.state === "queued") lifecycle.start(record, false);
      return (surroundings.call(record, original, this, args) as Promise<unknown>).then(onResult, onError);
    },
  };
  return method[step] as (...args: unknown[]) => unknown;
}
