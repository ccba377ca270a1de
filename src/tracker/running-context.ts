import { putAttribute } from "../task/index.ts";
import type { AttributeValue, TaskHandle } from "../task/index.ts";
import { handleOf } from "./record-handle.ts";
import type { TaskBody, TaskContext, TaskSpec } from "./task-context.ts";
import type { TaskRecord } from "./task-record.ts";

/** The context of a record. Everything is a getter, so that a body may take single parts out of it. */
class RunningContext implements TaskContext {
  readonly #record: TaskRecord;

  constructor(record: TaskRecord) {
    this.#record = record;
  }

  get signal(): AbortSignal {
    return this.#record.signal;
  }

  get task(): TaskHandle {
    return handleOf(this.#record);
  }

  get setAttribute(): (key: string, value: AttributeValue) => void {
    const record = this.#record;
    return (key, value) => {
      const extra = record.needExtra();
      extra.attributes ??= Object.create(null) as Record<string, AttributeValue>;
      putAttribute(extra.attributes, String(key), value);
    };
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
