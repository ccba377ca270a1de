import type { Callable } from "./surroundings.ts";

/**
 * What a managed `wrap` makes of a function: itself where it gives promises, else one with the same `this` and arguments
 * that does. Of a function with overloads that gives none, TypeScript can only carry over the last.
 */
export type ManagedFunction<F extends Callable> = F extends (...args: never[]) => Promise<unknown>
  ? F
  : (this: ThisParameterType<F>, ...args: Parameters<F>) => Promise<Awaited<ReturnType<F>>>;
