import type { BatchCase, BatchPlan, CaseName } from "./bench-case.ts";
import { median } from "./statistics.ts";
import { spin, start, type Elapsed, type TimeSample } from "./time.ts";

export interface BatchOptions {
  /** How often every case is sampled. One more round, before them, is thrown away. */
  readonly rounds: number;
  /** Shifts the order of the cases. */
  readonly rotation: number;
}

/** What a case took for all of its items. */
export interface BatchResult {
  readonly caseName: CaseName;
  readonly items: number;
  readonly samples: readonly TimeSample[];
}

interface RawSample {
  readonly round: number;
  readonly work: Elapsed;
  readonly spin: Elapsed;
  readonly longestPieceNs: number | undefined;
}

/** Measures the cases in turn, each on things made for the sample, and has every sample prove that it did its work. */
export async function measureBatch(plan: BatchPlan, options: BatchOptions): Promise<BatchResult[]> {
  const { cases, roundsTimes = 1, collects = "all" } = plan;
  const rounds = options.rounds * roundsTimes;
  const raw = cases.map((): RawSample[] => []);
  spin();
  for (let round = -1; round < rounds; round += 1) {
    for (let turn = 0; turn < cases.length; turn += 1) {
      const index = (turn + round + 1 + options.rotation) % cases.length;
      const batchCase = cases[index];
      if (batchCase === undefined) continue;
      const sample = await sampleOnce(batchCase, round, collects);
      if (round >= 0) raw[index]?.push(sample);
    }
  }
  const spins = raw.flat().map(({ spin: around }) => around);
  const cpuSpinNs = median(spins.map(({ cpuNs }) => cpuNs));
  const wallSpinNs = median(spins.map(({ wallNs }) => wallNs));
  return cases.map(({ name, items }, index) => ({
    caseName: name,
    items,
    samples: (raw[index] ?? []).map(({ round, work, spin: around, longestPieceNs }) => ({
      round,
      cpuNs: (work.cpuNs * cpuSpinNs) / around.cpuNs,
      wallNs: (work.wallNs * wallSpinNs) / around.wallNs,
      ...(longestPieceNs === undefined
        ? {}
        : { longestPieceNs: (longestPieceNs * wallSpinNs) / around.wallNs }),
    })),
  }));
}

async function sampleOnce(
  { prepare }: BatchCase,
  round: number,
  collects: "young" | "all",
): Promise<RawSample> {
  const { work, verify, longestPieceNs } = await prepare();
  // What the making left behind is not to be collected at the cost of the work.
  globalThis.gc?.({ type: collects === "young" ? "minor" : "major", execution: "sync" });
  await nextTurn();
  const before = spin();
  const stop = start();
  await work();
  const elapsed = stop();
  const after = spin();
  await verify();
  const around = {
    cpuNs: (before.cpuNs + after.cpuNs) / 2,
    wallNs: (before.wallNs + after.wallNs) / 2,
  };
  return { round, work: elapsed, spin: around, longestPieceNs: longestPieceNs?.() };
}

/** One turn of the event loop: every promise reaction that can run has run. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

/** Throws unless `actual` is what is expected. */
export function assertNumber(what: string, actual: number, expected: number): void {
  if (actual !== expected) throw new Error(`${what} is ${actual}, expected ${expected}`);
}
