import type { TaskInfo } from "../task/index.ts";
import type { Machine } from "./machine.ts";
import { infoOf } from "./task-queries.ts";
import type { TaskRecord } from "./task-record.ts";

/** A task with those that were started inside it. */
export interface TaskTree extends TaskInfo {
  /** The oldest first. */
  readonly children: readonly TaskTree[];
}

interface Node extends TaskInfo {
  readonly children: Node[];
}

/**
 * The live tasks as trees, the oldest first. An ended task stands among them while it is retained and one below it
 * lives; a task whose parent is gone, or of another tracker, stands as a root.
 */
export function forestOf(machine: Machine): TaskTree[] {
  const shown = shownTasks(machine);
  const roots = [...shown.values()].filter(({ parentNumber }) => !shown.has(parentNumber));
  return grow(machine, roots, shown);
}

/** One live or retained task with what hangs below it in {@link forestOf}; `undefined` when it is not known. */
export function treeOf(machine: Machine, id: number): TaskTree | undefined {
  const root = machine.find(id);
  return root === undefined ? undefined : grow(machine, [root], shownTasks(machine))[0];
}

/** The live tasks by id, with the retained ones that they hang from. */
function shownTasks(machine: Machine): ReadonlyMap<number, TaskRecord> {
  const retained = new Map<number, TaskRecord>();
  for (const record of machine.finished) retained.set(record.id, record);
  const shown = new Map<number, TaskRecord>();
  for (const record of machine.live()) shown.set(record.id, record);
  for (const record of [...shown.values()]) {
    let parent = retained.get(record.parentNumber);
    while (parent !== undefined && !shown.has(parent.id)) {
      shown.set(parent.id, parent);
      parent = retained.get(parent.parentNumber);
    }
  }
  return shown;
}

/** Makes the trees of `roots`. Walks without recursion: trees may be deep. */
function grow(
  machine: Machine,
  roots: readonly TaskRecord[],
  shown: ReadonlyMap<number, TaskRecord>,
): TaskTree[] {
  machine.wallClock.synchronise();
  const childrenOf = groupByParent(shown);
  const trees: Node[] = [];
  const waiting: [readonly TaskRecord[], Node[]][] = [[roots, trees]];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const [records, siblings] = next;
    for (const record of records.toSorted((a, b) => a.id - b.id)) {
      const node: Node = { ...infoOf(machine, record), children: [] };
      siblings.push(node);
      const children = childrenOf.get(record.id);
      if (children !== undefined) waiting.push([children, node.children]);
    }
  }
  return trees;
}

function groupByParent(shown: ReadonlyMap<number, TaskRecord>): ReadonlyMap<number, TaskRecord[]> {
  const groups = new Map<number, TaskRecord[]>();
  for (const record of shown.values()) {
    const siblings = groups.get(record.parentNumber);
    if (siblings === undefined) groups.set(record.parentNumber, [record]);
    else siblings.push(record);
  }
  return groups;
}
