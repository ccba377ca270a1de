import { createTracker } from "taskscope";
import { assertNumber, nextTurn } from "./batch.ts";
import { caseNames, type BatchPlan, type BatchRun } from "./bench-case.ts";

const WAITING = 100_000;
const LEVELS = 10;

/**
 * P10: 100,000 tasks that wait for a slot with priorities, from the spawn of the first to the end of the last, beside as many whose
 * slots are free. What lies between is what waiting adds: joining the queue and leaving it, in order.
 */
export const queuePlan: BatchPlan = {
  measure: "batch",
  cases: [
    { name: caseNames.spawnFree, items: WAITING, prepare: () => spawns(Number.POSITIVE_INFINITY) },
    { name: caseNames.spawnQueued, items: WAITING, prepare: () => spawns(1) },
  ],
};

function spawns(maxRunning: number): BatchRun {
  const tasks = createTracker({
    context: false,
    limits: { maxRunning, maxQueued: Number.POSITIVE_INFINITY },
  });
  let open = (): void => {};
  const gate = new Promise<void>((resolve) => (open = resolve));
  tasks.spawn("first", () => gate);
  const specs = Array.from({ length: LEVELS }, (_, priority) => ({
    name: "queued",
    type: "batch",
    priority,
  }));
  const startedByLevel = new Uint32Array(LEVELS);
  let started = 0;
  let outOfOrder = 0;
  let lastPriority = LEVELS;
  const bodies = specs.map(({ priority }) => () => {
    if (priority > lastPriority) outOfOrder += 1;
    lastPriority = priority;
    startedByLevel[priority] = (startedByLevel[priority] ?? 0) + 1;
    started += 1;
  });
  return {
    work: async () => {
      for (let index = 0; index < WAITING; index += 1) {
        const priority = (index * 7) % LEVELS;
        const spec = specs[priority];
        const body = bodies[priority];
        if (spec !== undefined && body !== undefined) tasks.spawn(spec, body);
      }
      if (maxRunning === 1) assertNumber("waiting", tasks.stats().total.queued, WAITING);
      open();
      while (started < WAITING) await nextTurn();
    },
    verify: async () => {
      await nextTurn();
      assertNumber("completed", tasks.stats().total.completed, WAITING + 1);
      if (maxRunning === 1) assertNumber("starts out of order", outOfOrder, 0);
      if (!startedByLevel.every((count) => count === WAITING / LEVELS)) throw new Error("a start is missing");
      await tasks.shutdown({ drainMs: 0, graceMs: 0 });
    },
  };
}
