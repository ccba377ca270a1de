import { InvalidOptionError } from "../errors/index.ts";
import { ANONYMOUS, functionName } from "../task/index.ts";
import type { TaskContext, TaskSpec } from "./task-context.ts";

/** One step of a chain: gets the value of the step before, and the context of its own task. */
export type ChainStep<In, Out> = (value: In, context: TaskContext) => Out | PromiseLike<Out>;

type First<Out> = ChainStep<undefined, Out>;

/** The signatures of `tracker.chain`: each step takes what the one before gives. Beyond eight, steps take `unknown`. */
export interface Chain {
  <A>(spec: TaskSpec, steps: readonly [First<A>]): Promise<A>;
  <A, B>(spec: TaskSpec, steps: readonly [First<A>, ChainStep<A, B>]): Promise<B>;
  <A, B, C>(spec: TaskSpec, steps: readonly [First<A>, ChainStep<A, B>, ChainStep<B, C>]): Promise<C>;
  <A, B, C, D>(
    spec: TaskSpec,
    steps: readonly [First<A>, ChainStep<A, B>, ChainStep<B, C>, ChainStep<C, D>],
  ): Promise<D>;
  <A, B, C, D, E>(
    spec: TaskSpec,
    steps: readonly [First<A>, ChainStep<A, B>, ChainStep<B, C>, ChainStep<C, D>, ChainStep<D, E>],
  ): Promise<E>;
  <A, B, C, D, E, F>(
    spec: TaskSpec,
    steps: readonly [
      First<A>,
      ChainStep<A, B>,
      ChainStep<B, C>,
      ChainStep<C, D>,
      ChainStep<D, E>,
      ChainStep<E, F>,
    ],
  ): Promise<F>;
  <A, B, C, D, E, F, G>(
    spec: TaskSpec,
    steps: readonly [
      First<A>,
      ChainStep<A, B>,
      ChainStep<B, C>,
      ChainStep<C, D>,
      ChainStep<D, E>,
      ChainStep<E, F>,
      ChainStep<F, G>,
    ],
  ): Promise<G>;
  <A, B, C, D, E, F, G, H>(
    spec: TaskSpec,
    steps: readonly [
      First<A>,
      ChainStep<A, B>,
      ChainStep<B, C>,
      ChainStep<C, D>,
      ChainStep<D, E>,
      ChainStep<E, F>,
      ChainStep<F, G>,
      ChainStep<G, H>,
    ],
  ): Promise<H>;
  (spec: TaskSpec, steps: readonly ChainStep<unknown, unknown>[]): Promise<unknown>;
}

/** What a chain needs of a tracker. */
export interface ChainMachine {
  run(spec: unknown, body: unknown): Promise<unknown>;
}

/** Runs steps in order, each as a managed child of one managed task. Rejects with whatever goes wrong; never throws. */
export function runChain(machine: ChainMachine, spec: unknown, given: unknown): Promise<unknown> {
  let steps: readonly ChainStep<unknown, unknown>[];
  try {
    steps = checkSteps(given);
  } catch (error) {
    return Promise.reject(error as Error);
  }
  return machine.run(spec, async ({ task, run }: TaskContext) => {
    let value: unknown;
    for (const [index, step] of steps.entries()) {
      const taken = value;
      value = await run(`${task.name}/${stepName(step, index)}`, (context) => step(taken, context));
    }
    return value;
  });
}

function stepName(step: ChainStep<unknown, unknown>, index: number): string {
  const name = functionName(step);
  return name === ANONYMOUS ? String(index) : name;
}

function checkSteps(given: unknown): readonly ChainStep<unknown, unknown>[] {
  if (!Array.isArray(given) || given.length === 0) {
    throw new InvalidOptionError("steps", given, "an array of one function or more");
  }
  const steps: unknown[] = [...(given as unknown[])];
  for (const [index, step] of steps.entries()) {
    if (typeof step !== "function") throw new InvalidOptionError(`steps[${index}]`, step, "a function");
  }
  return steps as ChainStep<unknown, unknown>[];
}
