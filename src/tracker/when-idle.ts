import { InvalidOptionError, TaskTimeoutError, checkWaitMs, readOptions } from "../errors/index.ts";
import { timerUntil } from "../internal/index.ts";
import type { Clock } from "../internal/index.ts";

/** Options of `tracker.whenIdle`. */
export interface WhenIdleOptions {
  /** How long to wait at the most, in milliseconds; `Infinity` for no bound (the default). */
  readonly timeoutMs?: number | undefined;
  /** Its abortion ends the wait with its reason. */
  readonly signal?: AbortSignal | undefined;
}

/** What waiting needs of a tracker. */
export interface IdleMachine {
  readonly clock: Clock;
  readonly lifecycle: {
    readonly alive: number;
    onIdle(wake: () => void): () => void;
  };
}

const allowed = new Set(["timeoutMs", "signal"]);

/** Waits until no task is queued or running. A bounded wait keeps the process running; one without a bound does not. */
export function waitForIdle(machine: IdleMachine, given: unknown): Promise<void> {
  return new Promise((resolve, reject) => {
    const bag = readOptions("", given, allowed);
    const timeoutMs =
      bag["timeoutMs"] === undefined ? Number.POSITIVE_INFINITY : checkWaitMs("timeoutMs", bag["timeoutMs"]);
    const signal = bag["signal"] === undefined ? undefined : checkSignal(bag["signal"]);
    signal?.throwIfAborted();
    if (machine.lifecycle.alive === 0) {
      resolve();
      return;
    }
    const stopWaiting = machine.lifecycle.onIdle(() => {
      finish();
      resolve();
    });
    const onAbort = (): void => {
      finish();
      reject(signal?.reason as Error);
    };
    const onTimeout = (): void => {
      finish();
      reject(new TaskTimeoutError("Waiting until no task is alive", timeoutMs));
    };
    const timer =
      timeoutMs === Number.POSITIVE_INFINITY
        ? undefined
        : timerUntil(machine.clock, machine.clock.now() + timeoutMs, true, onTimeout);
    signal?.addEventListener("abort", onAbort);
    const finish = (): void => {
      timer?.cancel();
      stopWaiting();
      signal?.removeEventListener("abort", onAbort);
    };
  });
}

function checkSignal(value: unknown): AbortSignal {
  if (value instanceof AbortSignal) return value;
  throw new InvalidOptionError("signal", value, "an AbortSignal");
}
