import { OpenCase } from "./model.ts";
import type { Model } from "./model.ts";

/** Instants that are nearer to each other than this, in milliseconds, count as one. */
const NEAR_MS = 0.001;

interface Due {
  readonly atMs: number;
  readonly happen: () => void;
}

/** What is due in the model now, the oldest first; `undefined` when nothing is. */
export function nextDue({ life, shutdown }: Model): (() => void) | undefined {
  const untilMs = life.nowMs + NEAR_MS;
  const all: Due[] = [];
  const add = (atMs: number, happen: () => void): void => {
    if (atMs <= untilMs) all.push({ atMs, happen });
  };
  for (const task of life.tasks) {
    const { body } = task;
    add(task.totalDueMs, () => life.totalDue(task));
    add(task.backoffDueMs, () => life.backoffDue(task));
    if (body !== undefined && !life.lateBodies.has(body)) add(body.dueMs, () => life.bodyDue(body));
  }
  for (const body of life.lateBodies) add(body.dueMs, () => life.bodyDue(body));
  for (const atMs of life.slots.tokensDueMs()) add(atMs, () => life.slots.grant(life.nowMs));
  add(shutdown.dueMs, () => shutdown.due());
  all.sort((a, b) => a.atMs - b.atMs);
  const [first, second] = all;
  if (first === undefined) return undefined;
  if (second !== undefined && second.atMs - first.atMs < 2 * NEAR_MS)
    throw new OpenCase("two things due at once");
  return first.happen;
}
