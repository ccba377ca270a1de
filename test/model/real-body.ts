import type { AsyncResource } from "node:async_hooks";
import type { TaskContext, TaskOptions } from "taskscope";
import type { deferred } from "../tracker/support.ts";
import { durationsOf } from "./durations.ts";
import type { Plan } from "./steps.ts";

/** One body of the test that has started. */
export interface RealBody {
  readonly context: TaskContext;
  /** Runs code as if it stood in the body. */
  readonly scope: AsyncResource;
  /** What the body gave, if the test settles it. */
  readonly pending: ReturnType<typeof deferred<string>> | undefined;
}

/** A plan as the options of a managed task. */
export function optionsOf(
  plan: Plan,
  ordinal: number,
  signal: AbortSignal | undefined,
  parent: TaskContext | undefined,
): TaskOptions & { readonly name: string } {
  const { name, type, priority, key, onDuplicate, detached, onShutdown, restart, named, how } = plan;
  const { timeoutMs, totalTimeoutMs, cancelGraceMs, backoffMs, resetAfterMs } = durationsOf(plan, ordinal);
  const isOption = named === "option" || (named === "context" && how === "trySpawn");
  return {
    ...{ name, type, priority, key, onDuplicate, detached, onShutdown, signal },
    ...{ timeoutMs, totalTimeoutMs, cancelGraceMs },
    parent: isOption ? parent?.task : undefined,
    restart:
      restart === undefined
        ? undefined
        : {
            when: restart.when === "second-attempt" ? (_error, attempt) => attempt < 2 : restart.when,
            maxRestarts: restart.maxRestarts,
            backoff: { delayMs: () => backoffMs },
            resetAfterMs,
          },
  };
}

/** Makes a body do what its plan says when it is told to stop. */
export function listen(
  { signal }: TaskContext,
  pending: NonNullable<RealBody["pending"]>,
  onAbort: "reject" | "resolve",
  id: string,
): void {
  const react = (): void => {
    if (onAbort === "resolve") pending.resolve(`value:${id}`);
    else pending.reject(signal.reason);
  };
  if (signal.aborted) react();
  else signal.addEventListener("abort", react);
}
