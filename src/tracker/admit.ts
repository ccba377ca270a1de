import { InvalidOptionError, TaskRejectedError, TrackerClosedError } from "../errors/index.ts";
import type { RejectionReason } from "../errors/index.ts";
import type { Clock } from "../internal/index.ts";
import type { PluginHost } from "../plugin/index.ts";
import type { AdmissionLimits } from "../policy/index.ts";
import type { ManagedBody } from "./attempt.ts";
import { cancelTask } from "./cancel.ts";
import type { CancelRequest } from "./cancel-request.ts";
import { joinFamily } from "./family.ts";
import { ManagedTask } from "./managed-task.ts";
import type { ManagingMachine, TaskSupervisor } from "./managed-task.ts";
import type { TaskRecord } from "./task-record.ts";
import type { ManagedSpec } from "./task-spec.ts";

/** What admitting needs of a tracker. */
export interface AdmittingMachine extends ManagingMachine {
  readonly clock: Clock;
  readonly host: PluginHost;
  readonly limits: AdmissionLimits;
  /** Bodies that go on beyond their grace. */
  readonly unresponsive: number;
  /** Told of each task that was refused. */
  rejected(spec: ManagedSpec, reason: RejectionReason): void;
}

/**
 * Lets a managed task in, or throws why not. A task that is let in has its record, is counted as spawned, and has its
 * slot or waits for one. {@link announce} must follow. Gives the record of the live task that has the key where no other
 * is wanted then (`onDuplicate: "drop"`).
 */
export function admit(
  machine: AdmittingMachine,
  spec: ManagedSpec,
  body: ManagedBody,
  namedParent: TaskRecord | undefined,
  supervisor?: TaskSupervisor,
): ManagedTask | TaskRecord {
  const named = namedParent ?? spec.parent;
  if (named !== undefined && (named.series.tracker as unknown) !== machine) {
    throw new InvalidOptionError("parent", spec.parent, "the handle of a task of the same tracker");
  }
  const enclosing = spec.detached ? undefined : (named ?? machine.surroundings.current());
  checkOpen(machine, spec, enclosing);
  const { key, onDuplicate } = spec;
  const holder = key === undefined ? undefined : machine.keys.holderOf(key);
  // Whoever has the key may have ended, with a body that goes on: then the live one is the first of those that wait.
  const live = key === undefined ? undefined : machine.keys.tasksOf(key).find(({ record }) => record.isLive);
  if (live !== undefined && onDuplicate === "drop") return live.record;
  if (live !== undefined && onDuplicate === "reject") refuse(machine, spec, "duplicate");
  checkWanted(machine, spec);
  const hasSlot = holder === undefined && takeSlotOrRefuse(machine, spec);
  const task = makeTask(machine, spec, body, supervisor, enclosing);
  if (named !== undefined) task.record.needDetails().parentNamed = true;
  if (hasSlot) task.takeSlot();
  if (key !== undefined && holder === undefined) machine.keys.take(key, task);
  if (holder !== undefined) {
    task.waitFor("key", machine.admission.rankOf(spec.policy.priority));
    if (onDuplicate === "replace") replaceOthers(machine, key ?? "", task);
  } else if (!hasSlot) task.waitFor("slot", 0);
  return task;
}

function checkOpen(machine: AdmittingMachine, spec: ManagedSpec, enclosing: TaskRecord | undefined): void {
  if (!machine.isClosing || isWithinLiveTask(machine, enclosing)) return;
  machine.rejected(spec, "closed");
  throw new TrackerClosedError(`Task ${JSON.stringify(spec.observed.name)}`);
}

/** Asks the plugins, and whether too many bodies go on beyond their grace. */
function checkWanted(machine: AdmittingMachine, spec: ManagedSpec): void {
  const refusal = machine.host.refusalOf(spec.observed);
  if (refusal !== undefined) {
    machine.rejected(spec, refusal.reason);
    throw new TaskRejectedError(
      refusal.reason,
      `Task ${JSON.stringify(spec.observed.name)} was refused: ${refusal.because}`,
    );
  }
  if (machine.unresponsive >= machine.limits.maxUnresponsive) refuse(machine, spec, "unresponsive");
  if (machine.lifecycle.alive >= machine.limits.maxTracked)
    refuse(machine, spec, "limit", "too many tasks are alive (limits.maxTracked)");
}

function takeSlotOrRefuse(machine: AdmittingMachine, spec: ManagedSpec): boolean {
  const { lane } = spec;
  if (machine.admission.tryTake(lane)) return true;
  const reason = machine.admission.refusal(lane);
  if (reason !== undefined) refuse(machine, spec, reason);
  return false;
}

const reasons: Readonly<Record<string, string>> = {
  limit: "every slot is taken and nothing may wait (limits.maxQueued is 0)",
  queue_full: "too many tasks wait for a slot already (limits.maxQueued)",
  rate: "its type starts too fast (startsPerSecond) and too many tasks wait already",
  duplicate: "another task has its key",
  unresponsive: "too many bodies go on after their tasks have ended (limits.maxUnresponsive)",
};

function refuse(
  machine: AdmittingMachine,
  spec: ManagedSpec,
  reason: RejectionReason,
  because = reasons[reason] ?? reason,
): never {
  machine.rejected(spec, reason);
  throw new TaskRejectedError(reason, `Task ${JSON.stringify(spec.observed.name)} was refused: ${because}`);
}

function makeTask(
  machine: AdmittingMachine,
  { observed, policy, lane, key, signal }: ManagedSpec,
  body: ManagedBody,
  supervisor: TaskSupervisor | undefined,
  enclosing: TaskRecord | undefined,
): ManagedTask {
  observed.series.expectSpawnLatency();
  const record = machine.lifecycle.enqueue(observed.series, enclosing);
  const extra = record.needExtra();
  if (observed.hasDetails) observed.describe(record);
  const task = new ManagedTask(machine, record, body, policy, lane, key, signal, supervisor);
  if (key !== undefined) record.needDetails().key = key;
  extra.managed = task;
  machine.lifecycle.manage(record);
  machine.managed.add(record);
  return task;
}

function replaceOthers(machine: AdmittingMachine, key: string, newcomer: ManagedTask): void {
  for (const other of machine.keys.tasksOf(key)) {
    if (other !== newcomer) cancelTask(other.record, "replaced", undefined);
  }
}

/** Ties an admitted task to what may end it, and tells the hooks: it may have been cancelled when this returns. */
export function announce(machine: AdmittingMachine, task: ManagedTask, { signal }: ManagedSpec): void {
  const { record } = task;
  machine.lifecycle.announceEnqueued(record);
  const parent = record.parentTask;
  const parentRequest = stopRequestAbove(parent);
  if (parentRequest !== undefined) cancelTask(record, "parent", parentRequest.error);
  else if (signal?.aborted === true) cancelTask(record, "signal", signal.reason);
  if (!record.isLive) return;
  if (parent !== undefined) joinFamily(record, parent);
  if (signal !== undefined) machine.signals.add(signal, record);
  task.watchTotalTime();
}

/** The request to stop that reaches the children of a task: its own or, through observed tasks, one from further up. */
function stopRequestAbove(parent: TaskRecord | undefined): CancelRequest | undefined {
  for (let task = parent; task !== undefined; task = task.managed ? undefined : task.parentTask) {
    if (task.stopRequest !== undefined) return task.stopRequest;
  }
  return undefined;
}

function isWithinLiveTask(machine: AdmittingMachine, enclosing: TaskRecord | undefined): boolean {
  for (let task = enclosing; task !== undefined; task = task.enclosing) {
    if (task.isLive && (task.series.tracker as unknown) === machine) return true;
  }
  return false;
}
