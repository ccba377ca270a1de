import type { AttributeValue, Outcome, TaskHandle } from "../task/index.ts";
import { cancelOpened } from "./cancel.ts";
import { completeObserved, failObserved } from "./observed-end.ts";
import type { Observer } from "./observer.ts";
import { handleOf, RecordHandle } from "./record-handle.ts";
import { contextOf } from "./running-context.ts";
import type { StopSignal } from "./stop-signal.ts";
import type { TaskRecord } from "./task-record.ts";
import { reportEvent, reportHeartbeat, reportProgress } from "./task-report.ts";
import type { ObservedSpec } from "./task-spec.ts";

/**
 * An observed task without a body, for work that no promise describes: callbacks, streams, events. Queued until `start`,
 * and ended by whoever opened it; one that is never ended runs for ever, or is lost when its
 * handle is garbage-collected. The first ending counts: each later one gives
 * false and changes nothing, as does a `start` that comes too late.
 */
export interface OpenTask<T = unknown> extends TaskHandle<T> {
  /** Aborted when somebody else asks the task to stop (`tracker.cancel`, shutdown). The task goes on until it is ended. */
  readonly signal: AbortSignal;
  /** Queued → running. */
  start(): boolean;
  /** Ends it as completed; one that is still queued is started first. */
  complete(value?: T): boolean;
  /**
   * Ends it as failed with `error`, or as cancelled if that answers a request to stop (the signal's reason, an
   * `AbortError`). One that is still queued is started first.
   */
  fail(error: unknown): boolean;
  /** Ends it as cancelled, at once, queued or running: unlike the `cancel` of the handle that `tracker.get` gives. */
  cancel(reason?: unknown): boolean;
  /** See `TaskContext.heartbeat`. */
  heartbeat(): void;
  /** See `TaskContext.progress`. */
  progress(done: number, total?: number): void;
  /** See `TaskContext.addEvent`. */
  addEvent(name: string, attributes?: Readonly<Record<string, AttributeValue | undefined>>): void;
  /** See `TaskContext.setAttribute`. */
  setAttribute(key: string, value: AttributeValue): void;
  /** Cancels the task. */
  [Symbol.asyncDispose](): Promise<void>;
}

/** Opens a task. */
export function openTask({ lifecycle, surroundings }: Observer, spec: ObservedSpec): OpenTask {
  const record = lifecycle.enqueue(spec.series, surroundings.current());
  if (spec.hasDetails) spec.describe(record);
  record.needDetails().isOpened = true;
  const task = new OwnerHandle(record, (started) => lifecycle.start(started, false));
  record.lifeline = task;
  lifecycle.announceEnqueued(record);
  return task;
}

/** What the opener of a task holds: a handle that also ends it. `tracker.get` gives others the plain one. */
class OwnerHandle extends RecordHandle implements OpenTask {
  readonly #record: TaskRecord;
  readonly #stop: StopSignal;
  readonly #plain: TaskHandle;
  readonly #startRecord: (record: TaskRecord) => void;

  constructor(record: TaskRecord, startRecord: (record: TaskRecord) => void) {
    super(record);
    this.#record = record;
    this.#stop = record.stop;
    this.#plain = handleOf(record);
    this.#startRecord = startRecord;
  }

  get signal(): AbortSignal {
    return this.#stop.signal;
  }

  override get result(): Promise<unknown> {
    return this.#plain.result;
  }

  override get outcome(): Promise<Outcome<unknown>> {
    return this.#plain.outcome;
  }

  start(): boolean {
    if (this.#record.state !== "queued") return false;
    this.#startRecord(this.#record);
    return true;
  }

  complete(value?: unknown): boolean {
    if (!this.#isOpen()) return false;
    completeObserved(this.#record, value);
    return true;
  }

  fail(error: unknown): boolean {
    if (!this.#isOpen()) return false;
    failObserved(this.#record, error);
    return true;
  }

  override cancel(reason?: unknown): boolean {
    return cancelOpened(this.#record, reason);
  }

  heartbeat(): void {
    reportHeartbeat(this.#record);
  }

  progress(done: number, total?: number): void {
    reportProgress(this.#record, done, total);
  }

  addEvent(name: string, attributes?: Readonly<Record<string, AttributeValue | undefined>>): void {
    reportEvent(this.#record, name, attributes);
  }

  setAttribute(key: string, value: AttributeValue): void {
    if (this.#record.isLive) contextOf(this.#record).setAttribute(key, value);
  }

  override async [Symbol.asyncDispose](): Promise<void> {
    this.cancel();
    await this.#plain.outcome;
  }

  /** Whether it can be ended. Starts it if it was not: what is queued can only be cancelled. A hook may end it there. */
  #isOpen(): boolean {
    this.start();
    return this.#record.isLive;
  }
}
