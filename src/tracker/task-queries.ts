import { InvalidOptionError, checkCount, checkWaitMs, checkWord, readOptions } from "../errors/index.ts";
import { taskStates } from "../task/index.ts";
import type { TaskFilter, TaskInfo } from "../task/index.ts";
import type { Machine } from "./machine.ts";
import { isStuck } from "./stuck.ts";
import type { TaskRecord } from "./task-record.ts";

const allowed = new Set(["state", "type", "name", "key", "parentId", "olderThanMs", "limit"]);

/** Whether to let a task through, by its picture. What it throws reaches the caller. */
export type TaskPredicate = (info: TaskInfo) => boolean;

/** The tasks that a filter or a predicate lets through, live and retained, in the order of their ids. */
export function selectTasks(machine: Machine, given: unknown, onlyLive: boolean): TaskRecord[] {
  if (typeof given !== "function") return filterTasks(machine, given, onlyLive);
  machine.wallClock.synchronise();
  return filterTasks(machine, undefined, onlyLive).filter((record) =>
    (given as TaskPredicate)(infoOf(machine, record)),
  );
}

function filterTasks(machine: Machine, given: unknown, onlyLive: boolean): TaskRecord[] {
  const filter = readFilter(given);
  const { state, type, name, key, parentId, olderThanMs, limit } = filter;
  const spawnedBeforeMs = olderThanMs === undefined ? undefined : machine.clock.now() - olderThanMs;
  const selected: TaskRecord[] = [];
  const consider = (record: TaskRecord): void => {
    if (
      (state === undefined || record.state === state) &&
      (type === undefined || record.type === type) &&
      (name === undefined || record.name === name) &&
      (key === undefined || record.details?.key === key) &&
      (parentId === undefined || record.parentId === parentId) &&
      (spawnedBeforeMs === undefined || record.spawnedMs < spawnedBeforeMs)
    ) {
      selected.push(record);
    }
  };
  if (state === undefined || state === "running" || state === "queued")
    for (const live of machine.live()) consider(live);
  if (!onlyLive && state !== "running" && state !== "queued")
    for (const ended of machine.finished) consider(ended);
  selected.sort((a, b) => a.id - b.id);
  return limit === undefined || selected.length <= limit ? selected : selected.slice(0, limit);
}

/** A plain picture of a task as it is now. */
export function infoOf(machine: Machine, record: TaskRecord): TaskInfo {
  const { wallClock } = machine;
  const hasStarted = record.startedMs >= 0;
  const lastBeatMs = record.details?.lastBeatMs;
  return {
    id: record.id,
    name: record.name,
    type: record.type,
    state: record.state,
    managed: record.managed,
    parentId: record.parentId,
    attempt: record.attempt,
    key: record.details?.key,
    waitingFor: record.state === "queued" ? (record.extra?.managed?.waitingFor ?? "start") : undefined,
    spawnedAtMs: wallClock.instantMs(record.spawnedMs),
    startedAtMs: hasStarted ? wallClock.instantMs(record.startedMs) : undefined,
    endedAtMs: record.endedMs === undefined ? undefined : wallClock.instantMs(record.endedMs),
    durationMs: record.ranMs(record.endedMs ?? machine.clock.now()),
    stuck: isStuck(record, machine.policies, machine.clock.now()),
    progress: record.details?.progress,
    lastHeartbeatAtMs: lastBeatMs === undefined ? undefined : wallClock.instantMs(lastBeatMs),
    attributes: { ...record.attributes },
    cancelledBy: record.details?.cancelledBy,
    errorType: record.details?.errorType,
    errorMessage: record.details?.errorMessage,
  };
}

function readFilter(given: unknown): TaskFilter {
  const bag = readOptions("filter", given, allowed);
  return {
    state: bag["state"] === undefined ? undefined : checkWord("filter.state", bag["state"], taskStates),
    type: checkText("filter.type", bag["type"]),
    name: checkText("filter.name", bag["name"]),
    key: checkText("filter.key", bag["key"]),
    parentId: bag["parentId"] === undefined ? undefined : checkCount("filter.parentId", bag["parentId"], 1),
    olderThanMs:
      bag["olderThanMs"] === undefined ? undefined : checkWaitMs("filter.olderThanMs", bag["olderThanMs"]),
    limit: bag["limit"] === undefined ? undefined : checkCount("filter.limit", bag["limit"], 0),
  };
}

function checkText(option: string, value: unknown): string | undefined {
  if (value === undefined || typeof value === "string") return value;
  throw new InvalidOptionError(option, value, "a string");
}
