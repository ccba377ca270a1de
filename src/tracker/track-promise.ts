import { types } from "node:util";
import { InvalidOptionError } from "../errors/index.ts";
import type { TaskHandle } from "../task/index.ts";
import type { Overdue } from "./lifecycle.ts";
import { completeObserved, failObserved } from "./observed-end.ts";
import { follow, thenOf } from "./promise-kind.ts";
import { handleOf } from "./record-handle.ts";
import type { Observer } from "./observer.ts";
import type { SettleWatch } from "./settle-watch.ts";
import type { SettledHandle, TaskRecord } from "./task-record.ts";
import type { ObservedSpec } from "./task-spec.ts";

/** What following a promise needs of a tracker. */
export interface PromiseObserver extends Observer {
  readonly settleWatch: SettleWatch;
}

/** Follows a promise that already runs. A native one is only watched; another thenable is called, once, as `await` would. */
export function trackPromise(observer: PromiseObserver, spec: ObservedSpec, promise: unknown): TaskHandle {
  const native = types.isPromise(promise) ? promise : undefined;
  const then = native === undefined ? thenOf(promise) : undefined;
  if (native === undefined && then === undefined)
    throw new InvalidOptionError("promise", promise, "a promise or a thenable");
  const { lifecycle, surroundings } = observer;
  const record = lifecycle.begin(spec.series, surroundings.current());
  try {
    if (spec.hasDetails) spec.describe(record);
    lifecycle.announceBegun(record);
    const handle = handleOf(record);
    if (native !== undefined) watchNative(observer, record, handle, native);
    else if (then !== undefined) {
      void follow(
        promise,
        then,
        (value) => completeObserved(record, value),
        (error) => failObserved(record, error),
      );
    }
    return handle;
  } catch (error) {
    // Nothing above throws but a stack overflow.
    const overdue = {} as Overdue;
    overdue.record = record;
    overdue.error = error;
    overdue.next = lifecycle.overdue;
    lifecycle.overdue = overdue;
    throw error;
  }
}

function watchNative(
  { lifecycle, settleWatch }: PromiseObserver,
  record: TaskRecord,
  handle: SettledHandle,
  promise: Promise<unknown>,
): void {
  const complete = (endedMs: number): void =>
    lifecycle.end(record, { status: "completed", valueFollows: true, endedMs });
  settleWatch.watch(promise, {
    onFulfilled: complete,
    // One with a `then` of its own may settle whoever waits for it without ever settling itself.
    onCollected: isPlain(promise) ? () => record.lose() : () => {},
    onSettled: (isFulfilled, settlement, seenMs) => {
      if (!isFulfilled) return failObserved(record, settlement, seenMs);
      // Has ended already, unless the state of the promise could not be told.
      complete(seenMs);
      handle.settle({ status: "completed", value: settlement });
    },
  });
}

/** Whether nothing but its own settling can settle what waits for it. Runs no code of its class. */
function isPlain(promise: Promise<unknown>): boolean {
  return Object.getPrototypeOf(promise) === Promise.prototype && !Object.hasOwn(promise, "then");
}
