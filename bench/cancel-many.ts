import { createTracker, type Tracker } from "taskscope";
import { assertNumber, nextTurn } from "./batch.ts";
import { caseNames, type BatchPlan, type BatchRun } from "./bench-case.ts";

const LISTENING = 1_000;
const MANY = 100_000;

/** P8: cancelling tasks by a filter whose bodies listen, beside as many bare `abort()` calls. */
export const cancelListeningPlan: BatchPlan = {
  measure: "batch",
  roundsTimes: 7,
  collects: "young",
  cases: [
    { name: caseNames.abortBare, items: LISTENING, prepare: bareAborts },
    { name: caseNames.cancelListening, items: LISTENING, prepare: () => cancels(LISTENING, listen) },
  ],
};

/** P8: cancelling a great many tasks whose bodies do not listen, and dropping as many that have finished. */
export const cancelManyPlan: BatchPlan = {
  measure: "batch",
  cases: [
    { name: caseNames.cancelUntouched, items: MANY, prepare: () => cancels(MANY, never) },
    { name: caseNames.sweep, items: MANY, prepare: sweeps },
  ],
};

/** A body that ends as soon as it is told to. */
function listen({ signal }: { readonly signal: AbortSignal }): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason as Error), { once: true });
  });
}

const never = (): Promise<never> => new Promise(() => {});

function bareAborts(): BatchRun {
  let ended = 0;
  const controllers = Array.from({ length: LISTENING }, () => {
    const controller = new AbortController();
    listen(controller).catch(() => {
      ended += 1;
    });
    return controller;
  });
  return {
    work: async () => {
      for (const controller of controllers) controller.abort();
      await nextTurn();
    },
    verify: () => assertNumber("bodies ended", ended, LISTENING),
  };
}

async function cancels(
  count: number,
  body: (context: { readonly signal: AbortSignal }) => Promise<never>,
): Promise<BatchRun> {
  const tasks = createTracker({ context: false, limits: { maxRunning: count } });
  for (let index = 0; index < count; index += 1) tasks.spawn({ name: "cancelled", type: "batch" }, body);
  await nextTurn();
  assertNumber("running", tasks.stats().total.running, count);
  return {
    work: async () => {
      tasks.cancelWhere({ type: "batch" });
      await nextTurn();
    },
    verify: async () => {
      assertNumber("cancelled", tasks.stats().total.cancelled, count);
      await putAway(tasks);
    },
  };
}

async function sweeps(): Promise<BatchRun> {
  const tasks = createTracker({ context: false, retention: { maxFinished: MANY } });
  const wrapped = tasks.wrap({ name: "finished", type: "batch" }, async () => 1);
  await Promise.all(Array.from({ length: MANY }, wrapped));
  assertNumber("finished tasks kept", tasks.count({ state: "completed" }), MANY);
  let swept = 0;
  return {
    work: () => {
      swept = tasks.sweep(0);
    },
    verify: async () => {
      assertNumber("swept", swept, MANY);
      await putAway(tasks);
    },
  };
}

async function putAway(tasks: Tracker): Promise<void> {
  await tasks.shutdown({ drainMs: 0, graceMs: 0 });
}
