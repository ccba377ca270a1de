/** A member of at most one {@link TaskList}. The links belong to the list. */
export interface Linked<N> {
  prev: N | undefined;
  next: N | undefined;
}

/** A doubly linked list through its members' own fields: adding and removing cost a few writes and no allocation. */
export class TaskList<N extends Linked<N>> {
  first: N | undefined;
  last: N | undefined;

  append(node: N): void {
    const last = this.last;
    node.prev = last;
    if (last === undefined) this.first = node;
    else last.next = node;
    this.last = node;
  }

  /** Harmless when the node is in no list: a transition that was cut short by a stack overflow may be made again. */
  remove(node: N): void {
    const { prev, next } = node;
    if (prev !== undefined) prev.next = next;
    else if (this.first === node) this.first = next;
    else return;
    if (next === undefined) this.last = prev;
    else next.prev = prev;
    node.prev = undefined;
    node.next = undefined;
  }

  *[Symbol.iterator](): IterableIterator<N> {
    for (let node = this.first; node !== undefined; node = node.next) yield node;
  }
}
