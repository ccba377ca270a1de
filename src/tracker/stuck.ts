import type { Expectation } from "../policy/index.ts";
import { OVERFLOW_NAME } from "../stats/index.ts";
import type { TaskRecord } from "./task-record.ts";
import type { WatchedSeries } from "./task-series.ts";

/** What is expected of tasks, by type. Looked up at each reading, so that a change holds for tasks that run already. */
type Expectations = ReadonlyMap<string, Expectation>;

/** Whether a task runs, and is older than expected or silent for too long. */
export function isStuck(record: TaskRecord, expectations: Expectations, nowMs: number): boolean {
  return isOverdue(record, expectations, nowMs) || isSilent(record, nowMs);
}

/**
 * How many tasks of a series are stuck. No task pays for it while it runs: the running ones stand in the order of their
 * starts, so that looking costs in proportion to those older than the shortest expectation; the tasks that should give
 * signs of life are looked at one by one.
 */
export function countStuck(
  series: WatchedSeries<TaskRecord>,
  expectations: Expectations,
  nowMs: number,
): number {
  const shortestMs = Math.min(series.shortestExpectedMs, expectedOfType(series.type, expectations));
  let stuck = 0;
  for (const record of series.runningTasks) {
    if (nowMs - record.startedMs <= shortestMs) break;
    if (isOverdue(record, expectations, nowMs)) stuck += 1;
  }
  for (const record of series.beating ?? []) {
    if (isSilent(record, nowMs) && !isOverdue(record, expectations, nowMs)) stuck += 1;
  }
  return stuck;
}

function isOverdue(record: TaskRecord, expectations: Expectations, nowMs: number): boolean {
  if (record.state !== "running") return false;
  const expectedMs =
    record.extra?.expectedMs ?? expectations.get(record.type)?.expectedMs ?? Number.POSITIVE_INFINITY;
  return nowMs - record.startedMs > expectedMs;
}

function isSilent(record: TaskRecord, nowMs: number): boolean {
  const { extra } = record;
  if (record.state !== "running" || extra?.heartbeatMs === undefined) return false;
  return nowMs - Math.max(record.startedMs, extra.lastBeatMs ?? record.startedMs) > extra.heartbeatMs;
}

/** The tasks of an overflow series may be of any type: there the shortest expectation of all counts. */
function expectedOfType(type: string, expectations: Expectations): number {
  if (type !== OVERFLOW_NAME) return expectations.get(type)?.expectedMs ?? Number.POSITIVE_INFINITY;
  let shortestMs = Number.POSITIVE_INFINITY;
  for (const { expectedMs } of expectations.values()) shortestMs = Math.min(shortestMs, expectedMs);
  return shortestMs;
}
