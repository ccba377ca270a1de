import { version } from "../internal/index.ts";
import type { HookTask, TaskSlot, TrackerView } from "../plugin/index.ts";
import { boundName } from "../task/index.ts";
import { exemplify } from "./exemplify.ts";
import type { Machine } from "./machine.ts";
import { infoOf, selectTasks } from "./task-queries.ts";
import { TaskRecord } from "./task-record.ts";

/** Makes what all plugins of a tracker are given of it: one view a tracker, for it numbers their slots. */
export function viewFor(
  machine: Machine,
  prefix: string,
  actions: Pick<TrackerView, "track" | "cancel">,
): TrackerView {
  let slots = 0;
  return {
    prefix,
    version,
    diag: machine.diag,
    stats: () => machine.snapshot(),
    tasks: () => {
      machine.wallClock.synchronise();
      return selectTasks(machine, undefined, true).map((record) => infoOf(machine, record));
    },
    exemplify: (task, traceId, spanId) => exemplify(machine.wallClock, task, traceId, spanId),
    slot: <T>(): TaskSlot<T> => makeSlot<T>(slots++),
    provideCarrier: (carrier) => machine.surroundings.offer(carrier),
    ...actions,
    subscribe: (options, onEvent) => machine.events.subscribe(options, onEvent),
    publish: (kind, name, fields) =>
      machine.events.publish(kind, { id: 0, name: boundName(name, "name"), type: "", attempt: 0 }, fields),
  };
}

function makeSlot<T>(index: number): TaskSlot<T> {
  return {
    get: (task: HookTask) =>
      task instanceof TaskRecord ? (task.slots?.[index] as T | undefined) : undefined,
    set: (task: HookTask, value: T) => {
      if (!(task instanceof TaskRecord)) return;
      // Of just the length that is needed: an empty array makes room for 17 at its first write.
      if (task.slots !== undefined) task.slots[index] = value;
      else if (index === 0) task.slots = [value];
      else (task.slots = Array.from({ length: index })).push(value);
    },
  };
}
