import { TaskLostError } from "../errors/index.ts";
import type { EventHub } from "../events/index.ts";
import type { Clock } from "../internal/index.ts";
import { OTHER_NAME } from "../metrics/index.ts";
import type { PluginHost } from "../plugin/index.ts";
import type { Expectation } from "../policy/index.ts";
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
  let stuck = 0;
  forEachStuck(series, expectations, nowMs, () => {
    stuck += 1;
  });
  return stuck;
}

/** What announcing stuck tasks needs of a tracker. */
export interface StuckMachine {
  readonly clock: Clock;
  readonly policies: Expectations;
  readonly events: EventHub;
  readonly host: PluginHost;
  readonly series: { readonly all: readonly WatchedSeries<TaskRecord>[] };
}

/** Announces each task that is stuck and was not announced for the same bound since it last gave a sign of life. */
export function announceStuck({ clock, policies, events, host, series }: StuckMachine): void {
  if (!events.isListening && host.eventHooks.isEmpty) return;
  const nowMs = clock.now();
  for (const each of series.all) {
    forEachStuck(each, policies, nowMs, (record, bound) => {
      const details = record.needDetails();
      if (details.toldStuck === bound) return;
      details.toldStuck = bound;
      const boundMs = bound === "expected" ? expectedMsOf(record, policies) : (details.heartbeatMs ?? 0);
      if (events.isListening) events.publish("stuck", record, { bound, boundMs });
      const attributes = { "task.stuck.bound": bound, "task.stuck.bound_seconds": boundMs / 1_000 };
      host.event(record, { name: "task.stuck", attributes });
    });
  }
}

/** Announces that the attempt that runs can never end, and gives the error that says so. */
export function announceLost(record: TaskRecord): TaskLostError {
  const { clock, events, host } = record.series.tracker;
  const ageMs = clock.now() - (record.startedMs < 0 ? record.spawnedMs : record.startedMs);
  if (events.isListening) events.publish("lost", record, { ageMs });
  host.event(record, { name: "task.lost", attributes: { "task.age": ageMs / 1_000 } });
  return new TaskLostError(`Task ${JSON.stringify(record.name)} (${record.id})`);
}

function forEachStuck(
  series: WatchedSeries<TaskRecord>,
  expectations: Expectations,
  nowMs: number,
  visit: (record: TaskRecord, bound: "expected" | "heartbeat") => void,
): void {
  const shortestMs = Math.min(series.shortestExpectedMs, expectedOfType(series.type, expectations));
  for (const record of series.runningTasks) {
    if (nowMs - record.startedMs <= shortestMs) break;
    if (isOverdue(record, expectations, nowMs)) visit(record, "expected");
  }
  for (const record of series.beating ?? []) {
    if (isSilent(record, nowMs) && !isOverdue(record, expectations, nowMs)) visit(record, "heartbeat");
  }
}

function isOverdue(record: TaskRecord, expectations: Expectations, nowMs: number): boolean {
  return record.state === "running" && nowMs - record.startedMs > expectedMsOf(record, expectations);
}

function expectedMsOf(record: TaskRecord, expectations: Expectations): number {
  return record.details?.expectedMs ?? expectations.get(record.type)?.expectedMs ?? Number.POSITIVE_INFINITY;
}

function isSilent(record: TaskRecord, nowMs: number): boolean {
  const { details } = record;
  if (record.state !== "running" || details?.heartbeatMs === undefined) return false;
  return nowMs - Math.max(record.startedMs, details.lastBeatMs ?? record.startedMs) > details.heartbeatMs;
}

/** The tasks of an overflow series may be of any type: there the shortest expectation of all counts. */
function expectedOfType(type: string, expectations: Expectations): number {
  if (type !== OTHER_NAME) return expectations.get(type)?.expectedMs ?? Number.POSITIVE_INFINITY;
  let shortestMs = Number.POSITIVE_INFINITY;
  for (const { expectedMs } of expectations.values()) shortestMs = Math.min(shortestMs, expectedMs);
  return shortestMs;
}
