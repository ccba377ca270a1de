import { createRequire } from "node:module";
import { TaskscopeError } from "../../errors/index.ts";
import type { TaskBreaker } from "./breaker.ts";

/** A breaker whose action takes `Args`. */
export interface FiringBreaker<Args extends readonly unknown[]> extends TaskBreaker {
  fire(...args: Args): Promise<unknown>;
}

/** The class that opossum exports. It writes into its options. */
export type BreakerClass = new <Args extends readonly unknown[]>(
  action: (...args: Args) => unknown,
  options: Record<string, unknown>,
) => FiringBreaker<Args>;

/** Loads opossum, an optional peer that is only needed to make a breaker: whoever brings one has it already. */
export function loadOpossum(): BreakerClass {
  try {
    return createRequire(import.meta.url)("opossum") as BreakerClass;
  } catch (error) {
    throw new TaskscopeError(
      "TASKSCOPE_MISSING_PACKAGE",
      "circuitBreakers().protect() needs the package opossum: npm install opossum",
      { cause: error },
    );
  }
}
