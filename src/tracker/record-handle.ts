import { TaskscopeError } from "../errors/index.ts";
import type { Outcome, TaskState } from "../task/index.ts";
import { cancelTask } from "./cancel.ts";
import { timesOf } from "./lifecycle.ts";
import type { Ending } from "./ending.ts";
import type { SettledHandle, TaskRecord } from "./task-record.ts";

/** The handle of a record. Holds the ending, with the value, for as long as somebody holds the handle. */
export class RecordHandle implements SettledHandle {
  readonly #record: TaskRecord;
  #ending: Ending | undefined = undefined;
  #result: Settleable | undefined = undefined;
  #outcome: Settleable | undefined = undefined;
  /** Made after the end: the tracker no longer knows the value. */
  #isDiscarded = false;

  constructor(record: TaskRecord) {
    this.#record = record;
    if (record.isLive) return;
    this.#isDiscarded = true;
    this.#ending = endingOfEnded(record, resultDiscarded(record));
  }

  /** The record behind a handle; `undefined` for anything that is none. */
  static recordOf(value: unknown): TaskRecord | undefined {
    return typeof value === "object" && value !== null && #record in value ? value.#record : undefined;
  }

  get id(): number {
    return this.#record.id;
  }

  get name(): string {
    return this.#record.name;
  }

  get type(): string {
    return this.#record.type;
  }

  get state(): TaskState {
    return this.#record.state;
  }

  get parentId(): number | undefined {
    return this.#record.parentId;
  }

  get attempt(): number {
    return this.#record.attempt;
  }

  get spawnedAtMs(): number {
    return this.#record.series.tracker.wallClock.instantMs(this.#record.spawnedMs);
  }

  get startedAtMs(): number | undefined {
    const { startedMs } = this.#record;
    return startedMs < 0 ? undefined : this.#record.series.tracker.wallClock.instantMs(startedMs);
  }

  get endedAtMs(): number | undefined {
    const { endedMs } = this.#record;
    return endedMs === undefined ? undefined : this.#record.series.tracker.wallClock.instantMs(endedMs);
  }

  get result(): Promise<unknown> {
    if (this.#result === undefined) {
      this.#result = new Settleable();
      if (this.#ending !== undefined) this.#settleResult(this.#result, this.#ending);
    }
    return this.#result.promise;
  }

  get outcome(): Promise<Outcome<unknown>> {
    if (this.#outcome === undefined) {
      this.#outcome = new Settleable();
      if (this.#ending !== undefined) this.#outcome.resolve(this.#outcomeOf(this.#ending));
    }
    return this.#outcome.promise as Promise<Outcome<unknown>>;
  }

  cancel(reason?: unknown): boolean {
    return cancelTask(this.#record, "request", reason, true);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.cancel();
    await this.outcome;
  }

  /** Called once, when the task has ended and its value is known. */
  settle(ending: Ending): void {
    if (this.#ending !== undefined) return;
    this.#ending = ending;
    if (this.#result !== undefined) this.#settleResult(this.#result, ending);
    this.#outcome?.resolve(this.#outcomeOf(ending));
  }

  #settleResult(result: Settleable, { status, value, error }: Ending): void {
    const isGood = status === "completed" && !this.#isDiscarded;
    // Marked as handled where it may reject: whoever waits for it is told, and nobody has to. A value that is a promise
    // itself, with which an opened task was completed, may reject too.
    if (!isGood || (typeof value === "object" && value !== null) || typeof value === "function")
      result.promise.catch(ignore);
    if (isGood) result.resolve(value);
    else result.reject(error);
  }

  #outcomeOf(ending: Ending): Outcome<unknown> {
    const base = { attempts: this.#record.attempt, ...timesOf(this.#record) };
    switch (ending.status) {
      case "completed":
        return { status: "completed", value: ending.value, ...base };
      case "failed":
        return {
          status: "failed",
          error: ending.error,
          errorType: this.#record.details?.errorType ?? "_OTHER",
          ...base,
        };
      case "cancelled":
        return {
          status: "cancelled",
          cancelledBy: ending.cancelledBy ?? "request",
          reason: ending.reason,
          ...base,
        };
    }
  }
}

/** The record behind a handle of this package; `undefined` for anything that is none. */
export function recordOf(handle: unknown): TaskRecord | undefined {
  return RecordHandle.recordOf(handle);
}

/** The one handle of a record while it lives; after its end a new one, without the result. */
export function handleOf(record: TaskRecord): SettledHandle {
  if (!record.isLive) return new RecordHandle(record);
  const extra = record.needExtra();
  return (extra.handle ??= new RecordHandle(record));
}

/** A promise, and what settles it. */
class Settleable {
  readonly promise: Promise<unknown>;
  resolve!: (value: unknown) => void;
  reject!: (error: unknown) => void;

  constructor() {
    this.promise = new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
  }
}

function ignore(): void {}

function resultDiscarded(record: TaskRecord): TaskscopeError {
  const said = record.details?.errorMessage;
  return new TaskscopeError(
    "TASKSCOPE_RESULT_DISCARDED",
    `The result of task ${record.id} is no longer held: keep the handle to read it after the end` +
      (said === undefined || said === "" ? "" : ` (it said: ${said})`),
  );
}

/** What is still known of the end of a task after it: how, but not with which value or error. */
function endingOfEnded(record: TaskRecord, error: TaskscopeError): Ending {
  if (record.state === "failed") return { status: "failed", error };
  if (record.state === "cancelled") {
    return { status: "cancelled", error, cancelledBy: record.details?.cancelledBy ?? "request" };
  }
  return { status: "completed", error };
}
