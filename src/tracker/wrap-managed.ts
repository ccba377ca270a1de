import type { Machine } from "./machine.ts";
import type { Callable } from "./surroundings.ts";
import type { ManagedSpec } from "./task-spec.ts";
import { dressAs } from "./wrap.ts";

/**
 * Wraps a function so that every call is a managed task: it always gives a promise, and may be refused. `readSpec` is
 * called again when the tracker's policies have changed.
 */
export function wrapManaged<F extends Callable>(machine: Machine, readSpec: () => ManagedSpec, fn: F): F {
  const body: Callable = fn;
  let spec = readSpec();
  let { generation } = machine.specs;
  // oxlint-disable-next-line typescript/unbound-method -- it is to take the `this` of each call
  const { wrapped } = {
    wrapped(this: unknown, ...args: unknown[]): unknown {
      try {
        if (generation !== machine.specs.generation) {
          spec = readSpec();
          ({ generation } = machine.specs);
        }
        return machine.runSpec(spec, () =>
          Reflect.apply(body as (...args: unknown[]) => unknown, this, args),
        );
      } catch (error) {
        return Promise.reject(error as Error);
      }
    },
  };
  return dressAs(wrapped as Callable, fn);
}
