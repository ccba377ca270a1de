import { InvalidOptionError } from "../errors/index.ts";
import { boundName, copyAttributes, noAttributes, putAttribute } from "../task/index.ts";
import type { Attributes, AttributeValue } from "../task/index.ts";
import type { StopSignal } from "./stop-signal.ts";
import type { TaskDetails } from "./task-details.ts";
import type { TaskRecord } from "./task-record.ts";

// What a task says of itself while it lives. `attempt` is the stop signal of the attempt that speaks: what the body of an
// earlier one says is ignored, as is what is said after the end.

/** Notes how far a task is, and announces it. Throws an `InvalidOptionError` for anything but amounts. */
export function reportProgress(
  record: TaskRecord,
  done: unknown,
  total: unknown,
  attempt?: StopSignal,
): void {
  const progress = {
    done: checkAmount("done", done),
    total: total === undefined ? undefined : checkAmount("total", total),
  };
  if (!mayReport(record, attempt)) return;
  const { clock, events } = record.series.tracker;
  const details = record.needDetails();
  details.progress = progress;
  noteBeat(details, clock.now());
  if (events.isListening) events.publish("progress", record, progress);
  announce(record, "task.progress", progressAttributes(progress.done, progress.total));
}

/** Notes a sign of life. */
export function reportHeartbeat(record: TaskRecord, attempt?: StopSignal): void {
  if (mayReport(record, attempt)) noteBeat(record.needDetails(), record.series.tracker.clock.now());
}

function noteBeat(details: TaskDetails, nowMs: number): void {
  details.lastBeatMs = nowMs;
  if (details.toldStuck === "heartbeat") details.toldStuck = undefined;
}

/** Announces an event of the user's. Throws an `InvalidOptionError` for a name or attributes that are none. */
export function reportEvent(
  record: TaskRecord,
  name: unknown,
  attributes: unknown,
  attempt?: StopSignal,
): void {
  const boundedName = boundName(name, "name");
  const copy = attributes === undefined ? noAttributes : copyAttributes(attributes);
  if (mayReport(record, attempt)) announce(record, boundedName, copy);
}

/** Puts one attribute on the task. Throws an `InvalidOptionError` for a value that is none, in any case. */
export function reportAttribute(record: TaskRecord, key: string, value: unknown, attempt?: StopSignal): void {
  const attributes = mayReport(record, attempt) ? ownAttributes(record) : emptyAttributes();
  putAttribute(attributes, key, value);
}

function ownAttributes(record: TaskRecord): Record<string, AttributeValue> {
  return (record.needDetails().attributes ??= emptyAttributes());
}

function emptyAttributes(): Record<string, AttributeValue> {
  return Object.create(null) as Record<string, AttributeValue>;
}

function mayReport(record: TaskRecord, attempt: StopSignal | undefined): boolean {
  return record.isLive && (attempt === undefined || record.extra?.stop === attempt);
}

function announce(record: TaskRecord, name: string, attributes: Attributes): void {
  record.series.tracker.host.event(record, { name, attributes });
}

function progressAttributes(done: number, total: number | undefined): Attributes {
  return total === undefined
    ? { "task.progress.done": done }
    : { "task.progress.done": done, "task.progress.total": total };
}

function checkAmount(option: string, value: unknown): number {
  if (typeof value === "number" && value >= 0 && value < Number.POSITIVE_INFINITY) return value;
  throw new InvalidOptionError(option, value, "a finite number, 0 or more");
}
