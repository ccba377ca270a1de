import { version } from "../internal/index.ts";
import type { HookTask, TaskControl, TaskSlot, TrackerView } from "../plugin/index.ts";
import { boundName } from "../task/index.ts";
import { exemplify } from "./exemplify.ts";
import type { Machine } from "./machine.ts";
import { pageOf } from "./task-page.ts";
import { infoOf, selectTasks } from "./task-queries.ts";
import { TaskRecord } from "./task-record.ts";
import { boundedTree } from "./task-tree.ts";

/** Makes what all plugins of a tracker are given of it: one view a tracker, for it numbers their slots. */
export function viewFor(
  machine: Machine,
  prefix: string,
  { track, cancel, cancelWhere }: Pick<TrackerView, "track"> & Pick<TaskControl, "cancel" | "cancelWhere">,
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
    track,
    control: {
      get isClosing() {
        return machine.isClosing;
      },
      get spawned() {
        return machine.series.all.reduce((sum, { spawned }) => sum + spawned, 0);
      },
      find: (id) => {
        machine.wallClock.synchronise();
        const record = machine.find(id);
        return record === undefined ? undefined : infoOf(machine, record);
      },
      page: (query) => pageOf(machine, query),
      tree: (id, bounds) => boundedTree(machine, id, bounds),
      cancel,
      cancelWhere,
    },
    subscribe: (options, onEvent) => machine.events.subscribe(options, onEvent),
    subject: (task) => {
      if (!(task instanceof TaskRecord) || task.series.tracker !== machine) return undefined;
      const { type, name } = task.series;
      return { labels: { task_type: type, task_name: name }, publish: machine.events.publishLater(task) };
    },
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
