/**
 * The work that is measured. Every case of a benchmark imports its own instance of this module (see `freshWorkload`), so
 * that V8 collects type feedback and optimises the driving loops for each case alone, as it would in a user's program.
 */

/** One unit of work: a call that gives a promise of 1. */
export type Task = () => Promise<number>;

/** The task of the time benchmarks: it suspends once and ends. */
export const suspendOnce: Task = async () => {
  // oxlint-disable-next-line typescript/await-thenable, unicorn/no-unnecessary-await -- the cheapest way to suspend
  await null;
  return 1;
};

/** Calls `task` `count` times, one at a time, and adds up what came back. */
export async function runSequential(task: Task, count: number): Promise<number> {
  let sum = 0;
  for (let index = 0; index < count; index += 1) sum += await task();
  return sum;
}

/** Calls `task` `count` times, `inFlight` at once, and adds up what came back. */
export async function runConcurrent(task: Task, count: number, inFlight: number): Promise<number> {
  let sum = 0;
  for (let done = 0; done < count; done += inFlight) {
    const promises: Promise<number>[] = [];
    for (let index = 0; index < inFlight; index += 1) promises.push(task());
    for (const value of await Promise.all(promises)) sum += value;
  }
  return sum;
}

/** The functions of one instance of this module. */
export interface Workload {
  readonly suspendOnce: Task;
  readonly runSequential: typeof runSequential;
  readonly runConcurrent: typeof runConcurrent;
}

let instanceCount = 0;

/** A new instance of this module, with functions that no other case has ever run. */
export async function freshWorkload(): Promise<Workload> {
  instanceCount += 1;
  const url = new URL(`./workload.js?instance=${instanceCount}`, import.meta.url);
  return (await import(url.href)) as Workload;
}
