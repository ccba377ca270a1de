import type { Tracker } from "taskscope";

/** A load on a tracker. */
export interface Churn {
  /** How many microtasks did something so far. */
  readonly turns: number;
  stop(): Promise<void>;
}

/** Starts and ends tasks of every kind in every microtask, until stopped. */
export function startChurn(tasks: Tracker): Churn {
  let isStopped = false;
  let turns = 0;
  const sync = tasks.wrap("sync", () => {});
  const async = tasks.wrap("async", async () => {
    await null;
    await null;
  });
  const loop = async (): Promise<void> => {
    while (!isStopped) {
      turns += 1;
      sync();
      void async();
      void tasks
        .run("managed", async () => {
          await null;
          if (turns % 3 === 0) throw new RangeError("every third");
        })
        .catch(() => {});
      const queued = tasks.spawn("queued", () => {});
      if (turns % 2 === 0) queued.cancel();
      await null;
    }
  };
  const done = loop();
  return {
    get turns() {
      return turns;
    },
    async stop() {
      isStopped = true;
      await done;
    },
  };
}
