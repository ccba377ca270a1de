import { types } from "node:util";
import { InvalidOptionError } from "../errors/index.ts";
import type { TaskHandle } from "../task/index.ts";
import type { Clock } from "../internal/index.ts";
import { completeObserved, failObserved } from "./observed-end.ts";
import { adoptThenable } from "./promise-kind.ts";
import { handleOf } from "./record-handle.ts";
import type { Observer } from "./observer.ts";
import type { SettleWatch } from "./settle-watch.ts";
import type { ObservedSpec } from "./task-spec.ts";

/** What following a promise needs of a tracker. */
export interface PromiseObserver extends Observer {
  readonly clock: Clock;
  readonly settleWatch: SettleWatch;
}

/** Follows a promise that already runs. A native one is only watched; another thenable is called, once, as `await` would. */
export function trackPromise(observer: PromiseObserver, spec: ObservedSpec, promise: unknown): TaskHandle {
  const isNative = types.isPromise(promise);
  const adopted = isNative ? undefined : adoptThenable(promise);
  if (!isNative && adopted === undefined)
    throw new InvalidOptionError("promise", promise, "a promise or a thenable");
  const { lifecycle, surroundings, settleWatch, clock } = observer;
  const record = lifecycle.begin(spec.series, surroundings.current());
  if (spec.hasDetails) spec.describe(record);
  lifecycle.announceBegun(record);
  const handle = handleOf(record);
  if (adopted !== undefined) {
    adopted.then(
      (value) => completeObserved(record, value),
      (error: unknown) => failObserved(record, error),
    );
  } else if (isNative) {
    settleWatch.watch(promise, {
      now: () => clock.now(),
      onFulfilled: (seenMs) =>
        lifecycle.end(record, { status: "completed", valueFollows: true, endedMs: seenMs }),
      onSettled: (isFulfilled, settlement, seenMs) => {
        if (isFulfilled) handle.settle({ status: "completed", value: settlement });
        else failObserved(record, settlement, seenMs);
      },
    });
  }
  return handle;
}
