import type { BatchResult } from "./batch.ts";
import type { CaseName } from "./bench-case.ts";
import type { ChildResult } from "./child.ts";
import { estimate, median, type Estimate } from "./statistics.ts";
import type { Target } from "./target.ts";
import type { Mode, TimeSample } from "./time.ts";

/**
 * `met` and `missed`: the whole confidence interval is on that side of the Must. `undecided`: the Must lies inside of it; more
 * processes or a quieter machine will tell.
 */
export type Verdict = "met" | "missed" | "undecided";

export interface TargetResult {
  readonly target: Target;
  /** Over the processes, in the unit of the quantity. */
  readonly value: Estimate;
  /** `undefined` when the target has no Must. */
  readonly verdict: Verdict | undefined;
  /** The median reaches the Aim. */
  readonly reachesAim: boolean;
}

/** Gives the value of each target over all processes, and what it means. Targets that no process measured are left out. */
export function judge(targets: readonly Target[], results: readonly ChildResult[]): TargetResult[] {
  return targets.flatMap((target) => {
    const values = results
      .filter((result) => measures(result, target))
      .map((result) => valueIn(result, target));
    return values.length === 0 ? [] : [judgeValue(target, estimate(values))];
  });
}

function judgeValue(target: Target, value: Estimate): TargetResult {
  const holds = (number: number, limit: number): boolean =>
    target.bound === "at most" ? number <= limit : number >= limit;
  const { must, aim } = target;
  return {
    target,
    value,
    verdict: must === undefined ? undefined : verdictOf([holds(value.low, must), holds(value.high, must)]),
    reachesAim: aim !== undefined && holds(value.median, aim),
  };
}

/** What it means which ends of the interval hold. */
function verdictOf(ends: readonly boolean[]): Verdict {
  if (ends.every(Boolean)) return "met";
  return ends.some(Boolean) ? "undecided" : "missed";
}

function measures(result: ChildResult, { plan, quantity }: Target): boolean {
  if (result.plan !== plan) return false;
  const { kind } = quantity;
  if (kind !== "pending-bytes" && kind !== "left-bytes") return true;
  return result.measure === "heap" && result.heap.some(({ tasks }) => tasks === quantity.tasks);
}

/** The value that one process measured. */
function valueIn(result: ChildResult, { quantity }: Target): number {
  switch (quantity.kind) {
    case "ratio":
      return cpuRatio(
        samplesOf(result, quantity.of, quantity.mode),
        samplesOf(result, quantity.to, quantity.mode),
      );
    case "batch-ratio":
      return cpuRatio(batchOf(result, quantity.of).samples, batchOf(result, quantity.to).samples);
    case "batch-ms":
      return batchNs(result, quantity.of) / 1e6;
    case "batch-item-ms":
      return itemNs(result, quantity.of) / 1e6;
    case "batch-piece-ms":
      return (
        median(batchOf(result, quantity.of).samples.map(({ longestPieceNs }) => longestPieceNs ?? NaN)) / 1e6
      );
    case "batch-item-us":
      return (itemNs(result, quantity.of) - itemNs(result, quantity.over)) / 1e3;
    case "size-kb":
      return sizeOf(result) / 1e3;
    case "left-bytes":
      return heapOf(result, quantity.of, quantity.tasks).leftBytes;
    case "pending-bytes":
      return (
        heapOf(result, quantity.of, quantity.tasks).pendingBytes -
        heapOf(result, quantity.over, quantity.tasks).pendingBytes
      );
  }
}

function batchOf(result: ChildResult, caseName: CaseName): BatchResult {
  const found =
    result.measure === "batch"
      ? result.batch.find((candidate) => candidate.caseName === caseName)
      : undefined;
  if (found === undefined) throw new Error(`plan ${result.plan} has no batch of ${caseName}`);
  return found;
}

function batchNs(result: ChildResult, caseName: CaseName): number {
  return median(batchOf(result, caseName).samples.map(({ cpuNs }) => cpuNs));
}

function itemNs(result: ChildResult, caseName: CaseName): number {
  return batchNs(result, caseName) / batchOf(result, caseName).items;
}

/** Median over the rounds of the ratio within a round, which both cases met in the same state of the machine. */
export function cpuRatio(samples: readonly TimeSample[], baseline: readonly TimeSample[]): number {
  const baselineByRound = new Map(baseline.map(({ round, cpuNs }) => [round, cpuNs]));
  return median(samples.map(({ round, cpuNs }) => cpuNs / (baselineByRound.get(round) ?? NaN)));
}

/** Samples of one case in one process. Throws if it was not measured there. */
export function samplesOf(result: ChildResult, caseName: CaseName, mode: Mode): readonly TimeSample[] {
  const found =
    result.measure === "time"
      ? result.time.find((candidate) => candidate.caseName === caseName && candidate.mode === mode)
      : undefined;
  if (found === undefined) throw new Error(`plan ${result.plan} has no samples of ${caseName}, ${mode}`);
  return found.samples;
}

function sizeOf(result: ChildResult): number {
  if (result.measure !== "size") throw new Error(`plan ${result.plan} looked at no size`);
  return result.bytes;
}

function heapOf(result: ChildResult, caseName: CaseName, tasks: number) {
  const found =
    result.measure === "heap"
      ? result.heap.find((candidate) => candidate.caseName === caseName && candidate.tasks === tasks)
      : undefined;
  if (found === undefined) throw new Error(`plan ${result.plan} has no heap of ${caseName}, ${tasks} tasks`);
  return found;
}
