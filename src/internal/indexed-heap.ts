/** A member of at most one heap at a time. `heapIndex` belongs to the heap: -1 while it is in none. */
export interface HeapNode {
  heapIndex: number;
}

/**
 * A binary heap whose members know their place, so that adding, removing any of them and taking the first each cost
 * O(log n), and looking at the first costs nothing.
 */
export class IndexedHeap<N extends HeapNode> {
  readonly #goesBefore: (a: N, b: N) => boolean;
  readonly #nodes: N[] = [];

  /** `goesBefore` must be a strict order. What it compares must not change while a node is in the heap. */
  constructor(goesBefore: (a: N, b: N) => boolean) {
    this.#goesBefore = goesBefore;
  }

  get size(): number {
    return this.#nodes.length;
  }

  get first(): N | undefined {
    return this.#nodes[0];
  }

  add(node: N): void {
    // Known to be a member before anything can throw, so that it can be taken out again.
    node.heapIndex = this.#nodes.length;
    this.#nodes.push(node);
    this.#rise(node, node.heapIndex);
  }

  /** Gives whether the node was in this heap. */
  remove(node: N): boolean {
    const index = node.heapIndex;
    if (index < 0 || this.#nodes[index] !== node) return false;
    const last = this.#nodes.pop();
    node.heapIndex = -1;
    if (last !== undefined && last !== node) {
      this.#rise(last, index);
      this.#sink(last, last.heapIndex);
    }
    return true;
  }

  /** All members, in no particular order. */
  *[Symbol.iterator](): IterableIterator<N> {
    yield* this.#nodes;
  }

  #rise(node: N, from: number): void {
    let index = from;
    while (index > 0) {
      const parentIndex = (index - 1) >> 1;
      const parent = this.#nodes[parentIndex];
      if (parent === undefined || !this.#goesBefore(node, parent)) break;
      this.#place(parent, index);
      index = parentIndex;
    }
    this.#place(node, index);
  }

  #sink(node: N, from: number): void {
    let index = from;
    for (;;) {
      let childIndex = 2 * index + 1;
      let child = this.#nodes[childIndex];
      if (child === undefined) break;
      const right = this.#nodes[childIndex + 1];
      if (right !== undefined && this.#goesBefore(right, child)) {
        child = right;
        childIndex += 1;
      }
      if (!this.#goesBefore(child, node)) break;
      this.#place(child, index);
      index = childIndex;
    }
    this.#place(node, index);
  }

  #place(node: N, index: number): void {
    this.#nodes[index] = node;
    node.heapIndex = index;
  }
}
