import { caseNames, type CaseName } from "./bench-case.ts";
import type { PlanName } from "./plans.ts";
import type { Row, Target } from "./target.ts";
import { modes } from "./time.ts";

/** Sizes of the heap benchmark, tasks pending at once. */
export const heapSizes = { small: 100_000, large: 1_000_000 } as const;

type Limits = Pick<Target, "bound" | "must" | "aim">;

/** `subject` takes at most so many times the CPU of the bare call. */
function againstBare(row: Row, plan: PlanName, subject: CaseName, limits: Omit<Limits, "bound">): Target[] {
  return modes.map((mode) => ({
    row,
    what: `${subject} / bare`,
    plan,
    quantity: { kind: "ratio", mode, of: subject, to: caseNames.bare },
    bound: "at most",
    ...limits,
  }));
}

/** `peer` takes at least so many times the CPU of `subject`. Without limits the two are only compared. */
function againstPeer(
  row: Row,
  plan: PlanName,
  subject: CaseName,
  peer: CaseName,
  limits: Omit<Limits, "bound"> & { readonly note?: string } = {},
): Target[] {
  const { note, ...bounds } = limits;
  return modes.map((mode) => ({
    row,
    what: `${peer} / ${subject}${note === undefined ? "" : `, ${note}`}`,
    plan,
    quantity: { kind: "ratio", mode, of: peer, to: subject },
    bound: "at least",
    ...bounds,
  }));
}

/** What a pending task of a peer holds, to compare with P5. */
function heapOfPeer(row: Row, peer: CaseName): Target {
  return {
    row,
    what: `${peer}: bytes a running task over the bare pending call`,
    plan: "heap-peers",
    quantity: { kind: "pending-bytes", tasks: heapSizes.small, of: peer, over: caseNames.bare },
    bound: "at most",
  };
}

/** The table of targets. "Under 1/7 of a peer" reads here as "the peer takes at least 7 times as long". */
export const targets: readonly Target[] = [
  ...againstBare("P1", "wrap", caseNames.taskscope, { must: 2.5, aim: 1.8 }),
  ...againstPeer("P1", "wrap", caseNames.taskscope, caseNames.otelMetrics, {
    must: 18,
    aim: 25,
  }),
  ...againstPeer("P1", "wrap", caseNames.taskscope, caseNames.promClient, {
    must: 7,
    aim: 9,
  }),
  ...modes.map((mode): Target => ({
    row: "P6",
    what: "tasks a second, as a share of the bare call's",
    plan: "wrap",
    quantity: { kind: "ratio", mode, of: caseNames.bare, to: caseNames.taskscope },
    bound: "at least",
    must: 0.4,
    aim: 0.55,
  })),
  ...againstBare("P1c", "wrap-context", caseNames.taskscopeContext, {
    must: 6.5,
    aim: 4,
  }),
  ...againstPeer("P1c", "wrap-context", caseNames.taskscopeContext, caseNames.promClient, {
    must: 2,
  }),
  ...againstPeer("P2", "span-recorded", caseNames.taskscopeSpan, caseNames.otelSpan, {
    must: 2.5,
    aim: 4,
    note: "recorded",
  }),
  ...againstPeer("P2", "span-unsampled", caseNames.taskscopeSpan, caseNames.otelSpan, {
    must: 4,
    aim: 8,
    note: "unsampled",
  }),
  ...modes.map((mode): Target => ({
    row: "P3",
    what: `${caseNames.taskscopeExporters} / ${caseNames.taskscopeAlone}`,
    plan: "exporters",
    quantity: { kind: "ratio", mode, of: caseNames.taskscopeExporters, to: caseNames.taskscopeAlone },
    bound: "at most",
    must: 1.1,
    aim: 1.03,
  })),
  ...againstBare("P4", "spawn", caseNames.spawn, { must: 5, aim: 3.5 }),
  ...againstPeer("P4", "spawn", caseNames.spawnLimited, caseNames.pQueue, { must: 1 }),
  {
    row: "P7",
    what: "built-in scrape of 1,000 series with two histograms each",
    plan: "scrape",
    quantity: { kind: "batch-item-ms", of: caseNames.scrape },
    bound: "at most",
    must: 40,
    aim: 15,
  },
  {
    row: "P7",
    what: "its longest piece on the event loop",
    plan: "scrape",
    quantity: { kind: "batch-piece-ms", of: caseNames.scrape },
    bound: "at most",
    must: 15,
    aim: 5,
  },
  {
    row: "P7",
    what: "the same scrape with 100,000 tasks running / with none",
    plan: "scrape",
    quantity: { kind: "batch-ratio", of: caseNames.scrapeBusy, to: caseNames.scrape },
    bound: "at most",
    // The target says "no growth": this is what garbage collection beside 100,000 live tasks may differ by.
    must: 1.25,
    aim: 1.1,
  },
  {
    row: "P8",
    what: "cancelWhere of 1,000 that listen / bare abort()",
    plan: "cancel-listening",
    quantity: { kind: "batch-ratio", of: caseNames.cancelListening, to: caseNames.abortBare },
    bound: "at most",
    must: 2,
    aim: 1.3,
  },
  {
    row: "P8",
    what: "cancelWhere of 100,000 that never touched their signal",
    plan: "cancel-many",
    quantity: { kind: "batch-ms", of: caseNames.cancelUntouched },
    bound: "at most",
    must: 300,
    aim: 100,
  },
  {
    row: "P8",
    what: "sweep of 100,000 finished",
    plan: "cancel-many",
    quantity: { kind: "batch-ms", of: caseNames.sweep },
    bound: "at most",
    must: 100,
    aim: 40,
  },
  {
    row: "P9",
    what: "import of taskscope, no other package's code with it",
    plan: "import",
    quantity: { kind: "batch-ms", of: caseNames.import },
    bound: "at most",
    must: 20,
    aim: 10,
  },
  {
    row: "P9",
    what: "package without the console",
    plan: "package-size",
    quantity: { kind: "size-kb" },
    bound: "at most",
    must: 500,
    aim: 300,
  },
  {
    row: "P10",
    what: "enqueue and dequeue of one of 100,000, over starting in a free slot",
    plan: "queue",
    quantity: { kind: "batch-item-us", of: caseNames.spawnQueued, over: caseNames.spawnFree },
    bound: "at most",
    must: 4,
    aim: 1.5,
  },
  {
    row: "P5",
    what: "bytes a running task over the bare pending call",
    plan: "heap",
    quantity: {
      kind: "pending-bytes",
      tasks: heapSizes.small,
      of: caseNames.taskscope,
      over: caseNames.bare,
    },
    bound: "at most",
    must: 340,
    aim: 260,
  },
  {
    row: "P5",
    what: "the same",
    plan: "heap",
    quantity: {
      kind: "pending-bytes",
      tasks: heapSizes.large,
      of: caseNames.taskscope,
      over: caseNames.bare,
    },
    bound: "at most",
    must: 340,
    aim: 260,
  },
  {
    row: "P5",
    what: "bytes left a task after all have ended",
    plan: "heap",
    quantity: {
      kind: "left-bytes",
      tasks: heapSizes.large,
      of: caseNames.taskscope,
    },
    bound: "at most",
    // The target says "back to base": what is kept on purpose is at most the 1,000 tasks that ended last.
    must: 2,
  },
  ...againstPeer("effect", "effect", caseNames.taskscopeSpan, caseNames.effect),
  heapOfPeer("effect", caseNames.effect),
  ...againstPeer("autometrics", "autometrics", caseNames.taskscope, caseNames.autometrics),
  heapOfPeer("autometrics", caseNames.autometrics),
];
