import type { AttributeValue, TaskHandle } from "../task/index.ts";
import { handleOf } from "./record-handle.ts";
import type { TaskBody, TaskContext, TaskSpec } from "./task-context.ts";
import type { StopSignal } from "./stop-signal.ts";
import type { TaskRecord } from "./task-record.ts";
import { reportAttribute, reportEvent, reportHeartbeat, reportProgress } from "./task-report.ts";

/** The context of a record. Everything is a getter, so that a body may take single parts out of it. */
class RunningContext implements TaskContext {
  readonly #record: TaskRecord;
  /** Of the attempt that the context was made for: the body of an earlier attempt keeps its own. */
  readonly #stop: StopSignal;

  constructor(record: TaskRecord) {
    this.#record = record;
    this.#stop = record.stop;
  }

  get signal(): AbortSignal {
    return this.#stop.signal;
  }

  get task(): TaskHandle {
    return handleOf(this.#record);
  }

  get setAttribute(): (key: string, value: AttributeValue) => void {
    return (key, value) => reportAttribute(this.#record, String(key), value, this.#stop);
  }

  get progress(): TaskContext["progress"] {
    return (done, total) => reportProgress(this.#record, done, total, this.#stop);
  }

  get heartbeat(): TaskContext["heartbeat"] {
    return () => reportHeartbeat(this.#record, this.#stop);
  }

  get addEvent(): TaskContext["addEvent"] {
    return (name, attributes) => reportEvent(this.#record, name, attributes, this.#stop);
  }

  get run(): TaskContext["run"] {
    const record = this.#record;
    return <T>(spec: TaskSpec, body: TaskBody<T>) =>
      record.series.tracker.run(spec, body, record) as Promise<T>;
  }

  get spawn(): TaskContext["spawn"] {
    const record = this.#record;
    return <T>(spec: TaskSpec, body: TaskBody<T>) =>
      record.series.tracker.spawn(spec, body, record) as TaskHandle<T>;
  }
}

/** The one context of a record. */
export function contextOf(record: TaskRecord): TaskContext {
  const extra = record.needExtra();
  return (extra.context ??= new RunningContext(record));
}
