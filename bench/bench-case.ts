import type { Task } from "./workload.ts";

/** One way to run a task: bare, through taskscope, or with telemetry written by hand. */
export interface BenchCase {
  readonly name: CaseName;
  /** Gives the function a user would call in place of `task`. Called once. */
  readonly wrap: (task: Task) => Task;
  /** What the case itself counted since it was made, read through its exporters. A case that counts nothing has none. */
  readonly counts?: () => Promise<TaskCounts>;
}

/** The numbers that every case but the bare one records for a task. */
export interface TaskCounts {
  readonly spawned: number;
  readonly running: number;
  readonly completed: number;
  readonly failed: number;
  /** Observations of the duration histogram. */
  readonly durations: number;
}

/** A plan whose cases each run single tasks. */
export interface TaskPlan {
  readonly measure: "time" | "heap";
  /**
   * Sets up the cases of one phase. Cases of a phase take turns; a phase starts when the one before has ended, because what it sets
   * up (an active `AsyncLocalStorage`) would slow the earlier cases and cannot be taken back.
   */
  readonly phases: readonly (() => readonly BenchCase[])[];
  /** Of the heap: the most tasks that may be pending at once. Larger sizes are left out. */
  readonly maxPending?: number;
  /** Throws if the work of the whole plan left something undone. `tasksByCase` holds how many tasks each case ran. */
  readonly verify?: (tasksByCase: ReadonlyMap<CaseName, number>) => void;
}

/** A plan whose cases each do one thing to many tasks at once: cancel them, sweep them, queue them. */
export interface BatchPlan {
  readonly measure: "batch";
  readonly cases: readonly BatchCase[];
  /** So many times the rounds of other plans: for short work, whose samples differ by what the collector does meanwhile. */
  readonly roundsTimes?: number;
  /**
   * What is collected before a sample. `"young"`, for short work: after a full collection V8 throws compiled code away
   * whose objects died with the sample before, and sweeps on other threads; a few milliseconds are then measured in the
   * interpreter, which no program is in that has run for a while. Default: everything.
   */
  readonly collects?: "young" | "all";
}

/** One operation on `items` things. */
export interface BatchCase {
  readonly name: CaseName;
  readonly items: number;
  /** Makes what is worked on. Called before every sample, and not measured. */
  readonly prepare: () => BatchRun | Promise<BatchRun>;
}

export interface BatchRun {
  /** What is measured. */
  readonly work: () => void | Promise<void>;
  /** Wall time of the longest piece in which `work` held the event loop, for work in pieces. Asked after it. */
  readonly longestPieceNs?: () => number;
  /** Throws unless the work was done, and puts away what was made. */
  readonly verify: () => void | Promise<void>;
}

/** A plan that takes no time worth measuring: it looks at how large something is. */
export interface SizePlan {
  readonly measure: "size";
  readonly bytes: () => Promise<number>;
}

/** What one child process runs. */
export type BenchPlan = TaskPlan | BatchPlan | SizePlan;

export const caseNames = {
  bare: "bare call",
  taskscope: "taskscope",
  taskscopeContext: "taskscope, context on",
  taskscopeSpan: "taskscope, span",
  otelMetrics: "OpenTelemetry metrics by hand",
  otelSpan: "OpenTelemetry span and metrics by hand",
  promClient: "prom-client by hand",
  spawn: "taskscope spawn",
  spawnLimited: "taskscope spawn, policy",
  spawnContext: "taskscope spawn, context on",
  pQueue: "p-queue add",
  effect: "Effect span and metrics",
  autometrics: "autometrics",
  abortBare: "bare abort()",
  cancelListening: "cancelWhere, listening",
  cancelUntouched: "cancelWhere, signal untouched",
  sweep: "sweep",
  taskscopeAlone: "taskscope, no exporter",
  taskscopeExporters: "taskscope, three exporters",
  scrape: "scrape of 1,000 series",
  scrapeBusy: "scrape of 1,000 series, 100,000 tasks running",
  import: "import of taskscope",
  spawnFree: "spawn and run, slots free",
  spawnQueued: "spawn, wait and run, priorities",
} as const;

export type CaseName = (typeof caseNames)[keyof typeof caseNames];

/** The call without any telemetry: what every ratio of a plan is taken against. */
export function bareCase(): BenchCase {
  return { name: caseNames.bare, wrap: (task) => task };
}

/** Throws unless the case counted exactly the `tasks` that it ran. */
export function assertCounts(name: string, counts: TaskCounts, tasks: number): void {
  const expected: TaskCounts = {
    spawned: tasks,
    running: 0,
    completed: tasks,
    failed: 0,
    durations: tasks,
  };
  for (const key of Object.keys(expected) as (keyof TaskCounts)[]) {
    if (counts[key] !== expected[key]) {
      throw new Error(`${name}: ${key} is ${counts[key]} after ${tasks} tasks, expected ${expected[key]}`);
    }
  }
}
