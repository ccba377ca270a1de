import type { BoundedForest, TreeBounds } from "../plugin/index.ts";
import type { TaskInfo, TaskTree } from "../task/index.ts";
import type { Machine } from "./machine.ts";
import { infoOf } from "./task-queries.ts";
import type { TaskRecord } from "./task-record.ts";

const unbounded: TreeBounds = { maxTasks: Infinity, maxDepth: Infinity };

interface Node extends TaskInfo {
  readonly children: Node[];
}

/**
 * The live tasks as trees, the oldest first. An ended task stands among them while it is retained and one below it
 * lives; a task whose parent is gone, or of another tracker, stands as a root.
 */
export function forestOf(machine: Machine): TaskTree[] {
  const shown = shownTasks(machine);
  return [...grow(machine, rootsOf(shown), shown, unbounded).roots];
}

function rootsOf(shown: ReadonlyMap<number, TaskRecord>): TaskRecord[] {
  return [...shown.values()].filter(({ parentNumber }) => !shown.has(parentNumber));
}

/** One live or retained task with what hangs below it in {@link forestOf}; `undefined` when it is not known. */
export function treeOf(machine: Machine, id: number): TaskTree | undefined {
  const root = machine.find(id);
  return root === undefined ? undefined : grow(machine, [root], shownTasks(machine), unbounded).roots[0];
}

/** {@link forestOf}, or {@link treeOf} one task, within bounds. */
export function boundedTree(
  machine: Machine,
  id: number | undefined,
  bounds: TreeBounds,
): BoundedForest | undefined {
  const shown = shownTasks(machine);
  if (id === undefined) return grow(machine, rootsOf(shown), shown, bounds);
  const root = machine.find(id);
  return root === undefined ? undefined : grow(machine, [root], shown, bounds);
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

/** Makes the trees of `roots`, level by level, and without recursion: trees may be deep. */
function grow(
  machine: Machine,
  roots: readonly TaskRecord[],
  shown: ReadonlyMap<number, TaskRecord>,
  { maxTasks, maxDepth }: TreeBounds,
): BoundedForest {
  machine.wallClock.synchronise();
  const childrenOf = groupByParent(shown);
  const trees: Node[] = [];
  const waiting: (readonly [records: readonly TaskRecord[], siblings: Node[], depth: number])[] = [
    [roots, trees, 1],
  ];
  let grown = 0;
  for (const [records, siblings, depth] of waiting) {
    if (depth > maxDepth) return { roots: trees, shown: grown, truncated: true };
    for (const record of records.toSorted((a, b) => a.id - b.id)) {
      if (grown === maxTasks) return { roots: trees, shown: grown, truncated: true };
      const node: Node = { ...infoOf(machine, record), children: [] };
      siblings.push(node);
      grown += 1;
      const children = childrenOf.get(record.id);
      if (children !== undefined) waiting.push([children, node.children, depth + 1]);
    }
  }
  return { roots: trees, shown: grown, truncated: false };
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
