import { checkWaitMs, readOptions } from "../errors/index.ts";
import type { TaskInfo } from "../task/index.ts";
import { cancelTask } from "./cancel.ts";
import type { Machine } from "./machine.ts";
import { infoOf } from "./task-queries.ts";
import type { TaskRecord } from "./task-record.ts";

/** How long a shutdown may take. */
export interface ShutdownOptions {
  /** How long running tasks may go on by themselves, in milliseconds (default 10,000). */
  readonly drainMs?: number | undefined;
  /** How long, after that, cancelled bodies and `"wait"` tasks may take, in milliseconds (default 5,000). */
  readonly graceMs?: number | undefined;
}

/** What became of the tasks that were alive when the shutdown began. */
export interface ShutdownResult {
  /** How many tasks completed during the shutdown. */
  readonly completed: number;
  /** How many were cancelled during the shutdown. */
  readonly cancelled: number;
  /** Tasks whose bodies still had not settled at the end. */
  readonly unresponsive: readonly TaskInfo[];
}

/** How long each plugin's teardown may take, in milliseconds: apart from the bounds of the tasks. */
export const PLUGIN_BOUND_MS = 5_000;

const allowed = new Set(["drainMs", "graceMs"]);

/**
 * Ends a tracker in order: no new roots, cancel what is marked so, let the rest finish, cancel what has not, give the
 * bodies their grace, hand over the events that wait, flush the plugins. Never rejects but for bad options.
 */
export async function shutdownMachine(machine: Machine, given: unknown): Promise<ShutdownResult> {
  const bag = readOptions("shutdown", given, allowed);
  const drainMs = bag["drainMs"] === undefined ? 10_000 : checkWaitMs("shutdown.drainMs", bag["drainMs"]);
  const graceMs = bag["graceMs"] === undefined ? 5_000 : checkWaitMs("shutdown.graceMs", bag["graceMs"]);
  machine.isClosing = true;
  for (const periodic of [...machine.periodics]) periodic.stop();
  const before = counts(machine);
  cancelLive(machine, (record) => record.extra?.managed?.policy.onShutdown === "cancel");
  await waitUntil(machine, () => machine.lifecycle.alive === 0, drainMs);
  cancelLive(machine, (record) => record.extra?.managed?.policy.onShutdown !== "wait");
  await waitUntil(machine, () => machine.lifecycle.alive === 0 && machine.lateBodies.size === 0, graceMs);
  if (cancelLive(machine, () => true) > 0) await nextTurn();
  const unresponsive = [
    ...machine.live(),
    ...new Set(Array.from(machine.lateBodies, (attempt) => attempt.record)),
  ]
    .toSorted((a, b) => a.id - b.id)
    .map((record) => infoOf(machine, record));
  const after = counts(machine);
  await machine.events.close(PLUGIN_BOUND_MS);
  await machine.host.shutdown(PLUGIN_BOUND_MS);
  machine.surroundings.close();
  machine.loop.close();
  machine.watch.close();
  return {
    completed: after.completed - before.completed,
    cancelled: after.cancelled - before.cancelled,
    unresponsive,
  };
}

/** Cancels the managed tasks that `isMeant` names, and asks the observed ones it names to stop. */
function cancelLive(machine: Machine, isMeant: (record: TaskRecord) => boolean): number {
  let cancelled = 0;
  for (const record of Array.from(machine.live())) {
    if (isMeant(record) && cancelTask(record, "shutdown", undefined)) cancelled += 1;
  }
  return cancelled;
}

/** One turn of the event loop: enough for a body that listens to its signal to settle. */
function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

/** Waits until `isSettled`, for `boundMs` at the most. The wait keeps the process running. */
function waitUntil(machine: Machine, isSettled: () => boolean, boundMs: number): Promise<void> {
  if (isSettled() || boundMs === 0) return Promise.resolve();
  return new Promise((resolve) => {
    let stopWaiting = (): void => {};
    const finish = (): void => {
      timer?.cancel();
      stopWaiting();
      machine.onBodySettledLate = undefined;
      resolve();
    };
    const check = (): void => {
      if (isSettled()) finish();
      else stopWaiting = machine.lifecycle.onIdle(check);
    };
    const timer =
      boundMs === Number.POSITIVE_INFINITY ? undefined : machine.clock.setTimer(finish, boundMs, true);
    machine.onBodySettledLate = () => {
      if (isSettled()) finish();
    };
    stopWaiting = machine.lifecycle.onIdle(check);
  });
}

function counts(machine: Machine): { completed: number; cancelled: number } {
  let completed = 0;
  let cancelled = 0;
  for (const series of machine.series.all) {
    completed += series.completed;
    cancelled += series.cancelled;
  }
  return { completed, cancelled };
}
