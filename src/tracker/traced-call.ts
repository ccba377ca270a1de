import { taskTracing } from "../events/index.ts";
import type { TaskTrace } from "../events/index.ts";
import { follow, thenOf } from "./promise-kind.ts";
import type { TaskRecord } from "./task-record.ts";

/**
 * Calls a body once, synchronously, and publishes that on the tracing channel, in the order and with the meaning that
 * `node:diagnostics_channel` gives to its own traces: `start`, `error` after a throw, `end` when the call returns; and, for
 * a promise, `error` when it rejects, `asyncStart`, `asyncEnd` when it settles, before anybody who awaits it goes on. Stores
 * bound to `start` are current in the body. Gives and throws what the body does; a thenable comes back adopted, as whoever
 * called the body would adopt it.
 */
export function callTraced(record: TaskRecord, body: () => unknown): unknown {
  const { id, name, type, attempt, parentId, managed } = record;
  const trace: TaskTrace = { id, name, type, attempt, parentId, managed };
  return taskTracing.start.runStores(trace, () => {
    try {
      const given = body();
      const then = thenOf(given);
      trace.result = given;
      if (then === undefined) return given;
      const promise = follow(given, then, pass, passOn);
      trace.result = promise;
      followPromise(trace, promise);
      return promise;
    } catch (error) {
      trace.error = error;
      taskTracing.error.publish(trace);
      throw error;
    } finally {
      taskTracing.end.publish(trace);
    }
  });
}

/** The caller attaches to the promise as well, so that this marks nothing as handled that would not be. */
function followPromise(trace: TaskTrace, promise: Promise<unknown>): void {
  const settle = (): void => {
    taskTracing.asyncStart.publish(trace);
    taskTracing.asyncEnd.publish(trace);
  };
  void promise.then(
    (value) => {
      trace.result = value;
      settle();
    },
    (error: unknown) => {
      trace.error = error;
      taskTracing.error.publish(trace);
      settle();
    },
  );
}

function pass(value: unknown): unknown {
  return value;
}

function passOn(error: unknown): never {
  throw error;
}
