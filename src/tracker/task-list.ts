/** A member of at most one {@link TaskList}. The links belong to the list. */
export interface Linked<N> {
  prev: N | undefined;
  next: N | undefined;
}

/**
 * A doubly linked ring through its members' own fields: adding and removing cost a few writes and no allocation. The list
 * itself points to one member only, as an old object that is made to point to a young one costs more than all the rest.
 */
export class TaskList<N extends Linked<N>> {
  last: N | undefined;

  get first(): N | undefined {
    return this.last?.next;
  }

  append(node: N): void {
    const { last } = this;
    const first = last?.next;
    if (last === undefined || first === undefined) {
      node.prev = node;
      node.next = node;
    } else {
      node.prev = last;
      node.next = first;
      last.next = node;
      first.prev = node;
    }
    this.last = node;
  }

  /** Harmless when the node is in no list: a transition that was cut short by a stack overflow may be made again. */
  remove(node: N): void {
    const { prev, next } = node;
    if (prev === undefined || next === undefined) return;
    if (next === node) this.last = undefined;
    else {
      prev.next = next;
      next.prev = prev;
      if (this.last === node) this.last = prev;
    }
    node.prev = undefined;
    node.next = undefined;
  }

  /** The oldest member first. Ends early at a member that is removed while it is given. */
  *[Symbol.iterator](): IterableIterator<N> {
    for (let node = this.first; node !== undefined; node = node === this.last ? undefined : node.next)
      yield node;
  }
}
