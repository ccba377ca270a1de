import type { TaskRecord } from "./task-record.ts";

/**
 * Puts a task within reach of its parent's cancellation. An observed parent is linked to its own parent in turn, so
 * that a cancellation passes through it; a link costs nothing to tasks that have no managed descendants.
 */
export function joinFamily(child: TaskRecord, parent: TaskRecord): void {
  let member = child;
  let owner: TaskRecord | undefined = parent;
  while (owner !== undefined && owner.isLive) {
    const memberExtra = member.needExtra();
    if (memberExtra.owner !== undefined) return;
    memberExtra.owner = owner;
    (owner.needExtra().children ??= new Set()).add(member);
    member = owner;
    owner = owner.managed ? undefined : owner.parentTask;
  }
}

/**
 * Takes an ended task out of the family. Its children that still live come within reach of the task above it: they
 * outlive the end of their parent, but not a cancellation from further up.
 */
export function releaseFamily(record: TaskRecord): void {
  const extra = record.extra;
  if (extra === undefined) return;
  const { owner, children } = extra;
  const ownerChildren = owner?.extra?.children;
  ownerChildren?.delete(record);
  if (children === undefined) return;
  extra.children = undefined;
  for (const child of children) {
    const childExtra = child.needExtra();
    childExtra.owner = owner;
    ownerChildren?.add(child);
  }
}
