import { performance } from "node:perf_hooks";
import { assertCounts, type BenchCase, type CaseName, type TaskPlan } from "./bench-case.ts";
import { median } from "./statistics.ts";
import { freshWorkload, type Task, type Workload } from "./workload.ts";

export const modes = ["sequential", "concurrent"] as const;
export type Mode = (typeof modes)[number];

/** Tasks in flight in the `concurrent` mode. */
export const inFlight = 1_000;

export interface TimeOptions {
  /** How often every case is sampled in every mode. */
  readonly rounds: number;
  /** CPU time a sample should take. */
  readonly sampleMs: number;
  /** CPU time every case runs in every mode before the first sample. */
  readonly warmUpMs: number;
  /** Shifts the order of the cases, so that no case always follows the same one. */
  readonly rotation: number;
}

/** One sample, already normalised by the spin loops around it. */
export interface TimeSample {
  readonly round: number;
  /** CPU time of the whole process (its garbage collection included) a task. */
  readonly cpuNs: number;
  readonly wallNs: number;
  /** Of work in pieces: the longest time for which it held the event loop. */
  readonly longestPieceNs?: number;
}

export interface TimeResult {
  readonly caseName: CaseName;
  readonly mode: Mode;
  readonly samples: readonly TimeSample[];
}

export interface Elapsed {
  readonly cpuNs: number;
  readonly wallNs: number;
}

interface RawSample {
  readonly round: number;
  readonly tasks: number;
  readonly work: Elapsed;
  readonly spin: Elapsed;
}

interface Contestant {
  readonly benchCase: BenchCase;
  readonly workload: Workload;
  readonly task: Task;
  readonly samples: Record<Mode, RawSample[]>;
  readonly tasksPerSample: Record<Mode, number>;
  tasks: number;
}

/**
 * Measures the cases of each phase in turn and proves that each counted what it ran. Garbage is collected when it would be in a
 * program: a forced collection before a sample leaves concurrent sweeping that adds to the sample's CPU time.
 */
export async function measureTime(plan: TaskPlan, options: TimeOptions): Promise<TimeResult[]> {
  const all: Contestant[] = [];
  spin();
  for (const setUpCases of plan.phases) {
    const contestants = await Promise.all(setUpCases().map(prepare));
    all.push(...contestants);
    await measurePhase(contestants, options);
  }
  for (const { benchCase, tasks } of all) {
    if (benchCase.counts !== undefined) assertCounts(benchCase.name, await benchCase.counts(), tasks);
  }
  plan.verify?.(new Map(all.map(({ benchCase, tasks }) => [benchCase.name, tasks])));
  return normalise(all);
}

async function measurePhase(contestants: readonly Contestant[], options: TimeOptions): Promise<void> {
  for (const mode of modes) {
    for (const contestant of contestants) await warmUp(contestant, mode, options);
  }
  for (let round = 0; round < options.rounds; round += 1) {
    for (const mode of modes) {
      for (let turn = 0; turn < contestants.length; turn += 1) {
        const contestant = contestants[(turn + round + options.rotation) % contestants.length];
        if (contestant !== undefined) await sample(contestant, mode, round);
      }
    }
  }
}

async function prepare(benchCase: BenchCase): Promise<Contestant> {
  const workload = await freshWorkload();
  return {
    benchCase,
    workload,
    task: benchCase.wrap(workload.suspendOnce),
    samples: { sequential: [], concurrent: [] },
    tasksPerSample: { sequential: inFlight, concurrent: inFlight },
    tasks: 0,
  };
}

/** Runs a case until it is optimised, then fixes how many tasks make one sample. */
async function warmUp(contestant: Contestant, mode: Mode, options: TimeOptions): Promise<void> {
  let spentNs = 0;
  let count = inFlight;
  let lastNs = 0;
  while (spentNs < options.warmUpMs * 1e6) {
    lastNs = (await run(contestant, mode, count)).cpuNs;
    spentNs += lastNs;
    if (lastNs < 10e6) count *= 2;
  }
  const wanted = (count * options.sampleMs * 1e6) / Math.max(lastNs, 1e3);
  contestant.tasksPerSample[mode] = Math.max(1, Math.round(wanted / inFlight)) * inFlight;
}

async function sample(contestant: Contestant, mode: Mode, round: number): Promise<void> {
  const tasks = contestant.tasksPerSample[mode];
  const before = spin();
  const work = await run(contestant, mode, tasks);
  const after = spin();
  const around = {
    cpuNs: (before.cpuNs + after.cpuNs) / 2,
    wallNs: (before.wallNs + after.wallNs) / 2,
  };
  contestant.samples[mode].push({ round, tasks, work, spin: around });
}

/** Runs the tasks and throws unless each of them came back. */
async function run(contestant: Contestant, mode: Mode, count: number): Promise<Elapsed> {
  const { workload, task } = contestant;
  const stop = start();
  const sum =
    mode === "sequential"
      ? await workload.runSequential(task, count)
      : await workload.runConcurrent(task, count, inFlight);
  const elapsed = stop();
  if (sum !== count) throw new Error(`${contestant.benchCase.name}: ${sum} of ${count} tasks came back`);
  contestant.tasks += count;
  return elapsed;
}

export function start(): () => Elapsed {
  const cpu = process.cpuUsage();
  const startedMs = performance.now();
  return () => {
    const wallNs = (performance.now() - startedMs) * 1e6;
    const used = process.cpuUsage(cpu);
    return { cpuNs: (used.user + used.system) * 1e3, wallNs };
  };
}

const spinIterations = 4_000_000;
let spinState = 1;

/** A fixed amount of arithmetic: how fast is the machine for us right now? */
export function spin(): Elapsed {
  const stop = start();
  let state = spinState;
  for (let index = 0; index < spinIterations; index += 1) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
  }
  spinState = state;
  return stop();
}

/** Scales every sample to the speed the machine had at its median spin loop. */
function normalise(contestants: readonly Contestant[]): TimeResult[] {
  const spins = contestants.flatMap(({ samples }) =>
    modes.flatMap((mode) => samples[mode].map(({ spin }) => spin)),
  );
  const cpuSpinNs = median(spins.map(({ cpuNs }) => cpuNs));
  const wallSpinNs = median(spins.map(({ wallNs }) => wallNs));
  return contestants.flatMap(({ benchCase, samples }) =>
    modes.map((mode) => ({
      caseName: benchCase.name,
      mode,
      samples: samples[mode].map(({ round, tasks, work, spin }) => ({
        round,
        cpuNs: (work.cpuNs * cpuSpinNs) / spin.cpuNs / tasks,
        wallNs: (work.wallNs * wallSpinNs) / spin.wallNs / tasks,
      })),
    })),
  );
}
