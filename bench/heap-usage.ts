import { assertCounts, type BenchCase, type CaseName, type TaskPlan } from "./bench-case.ts";
import type { Task } from "./workload.ts";

export interface HeapOptions {
  /** Tasks that are pending at once, one measurement for each size. */
  readonly sizes: readonly number[];
}

/** What the heap held a task, while `tasks` of them were pending and after all had ended. */
export interface HeapResult {
  readonly caseName: CaseName;
  readonly tasks: number;
  readonly pendingBytes: number;
  /** Left a task after the end: garbage that is not garbage. */
  readonly leftBytes: number;
}

/** Measures the cases one after another, in the order of the plan, and proves that each counted what it ran. */
export async function measureHeap(plan: TaskPlan, options: HeapOptions): Promise<HeapResult[]> {
  const results: HeapResult[] = [];
  const { maxPending = Number.POSITIVE_INFINITY } = plan;
  const sizes = options.sizes.filter((size) => size <= maxPending);
  const tasksByCase = new Map<CaseName, number>();
  for (const setUpCases of plan.phases) {
    for (const benchCase of setUpCases()) {
      const gate = new Gate();
      const task = benchCase.wrap(async () => {
        await gate.opened;
        return 1;
      });
      let tasks = 0;
      for (const size of [warmUpTasks, ...sizes]) {
        const result = await measureSize(benchCase, task, gate, size, tasks);
        if (tasks > 0) results.push(result);
        tasks += size;
      }
      if (benchCase.counts !== undefined) assertCounts(benchCase.name, await benchCase.counts(), tasks);
      tasksByCase.set(benchCase.name, tasks);
    }
  }
  plan.verify?.(tasksByCase);
  return results;
}

/** Enough to have everything allocated and compiled that is made once. */
const warmUpTasks = 5_000;

/** Holds tasks back until `open`. */
class Gate {
  opened!: Promise<void>;
  open!: () => void;
  constructor() {
    this.close();
  }
  close(): void {
    this.opened = new Promise((resolve) => {
      this.open = resolve;
    });
  }
}

async function measureSize(
  benchCase: BenchCase,
  task: Task,
  gate: Gate,
  size: number,
  tasksBefore: number,
): Promise<HeapResult> {
  const pending = Array.from<Promise<number> | undefined>({ length: size });
  gate.close();
  const baseBytes = await settledHeapBytes();
  for (let index = 0; index < size; index += 1) pending[index] = task();
  const pendingBytes = (await settledHeapBytes()) - baseBytes;
  const counts = await benchCase.counts?.();
  if (counts !== undefined && (counts.running !== size || counts.spawned !== tasksBefore + size)) {
    throw new Error(
      `${benchCase.name}: ${counts.running} running, ${counts.spawned} spawned; expected ${size} more`,
    );
  }
  gate.open();
  let sum = 0;
  for (let index = 0; index < size; index += 1) {
    sum += (await pending[index]) ?? 0;
    pending[index] = undefined;
  }
  if (sum !== size) throw new Error(`${benchCase.name}: ${sum} of ${size} tasks came back`);
  gate.close();
  const leftBytes = (await settledHeapBytes()) - baseBytes;
  if (pending.length !== size) throw new Error("the list of promises must stay alive: the base holds it");
  return {
    caseName: benchCase.name,
    tasks: size,
    pendingBytes: pendingBytes / size,
    leftBytes: leftBytes / size,
  };
}

/** Used heap and buffers outside of it, when several collections in turns of their own have found nothing more to free. */
async function settledHeapBytes(): Promise<number> {
  const { gc } = globalThis;
  if (gc === undefined) throw new Error("heap benchmarks need node --expose-gc");
  let bytes = Infinity;
  for (let turn = 0; turn < 8; turn += 1) {
    await new Promise((resolve) => setTimeout(resolve, 2));
    gc();
    const { heapUsed, external } = process.memoryUsage();
    if (turn >= 4 && heapUsed + external >= bytes) break;
    bytes = Math.min(bytes, heapUsed + external);
  }
  return bytes;
}
