import assert from "node:assert/strict";
import type { TaskInfo, TrackerStats } from "taskscope";
import type { ModelSlots } from "./model-slots.ts";
import { typeNames } from "./steps.ts";
import type { TypeName } from "./steps.ts";

const over = new Set(["completed", "failed", "cancelled"]);

/** What was seen after the step before. */
export interface Seen {
  /** By id. */
  readonly states: Map<number, string>;
  /** How many of a type, or in total, may run: more than the limit while those run that it found running. */
  readonly allowances: Map<string, number>;
}

/** What must hold of any tracker in which nothing can happen at the moment, whatever the model says. */
export function checkInvariants(
  infos: readonly TaskInfo[],
  { total, bySeries }: TrackerStats,
  limits: ModelSlots,
  { states, allowances }: Seen,
): void {
  for (const counts of [total, ...bySeries]) {
    const { spawned, queued, running, completed, failed, cancelled } = counts;
    assert.equal(spawned, queued + running + completed + failed + cancelled, "the books do not balance");
  }
  for (const { id, state } of infos) {
    const before = states.get(id);
    assert.ok(
      before === undefined || before === state || !over.has(before),
      `${id} went from ${before} to ${state}`,
    );
    states.set(id, state);
  }
  checkKeys(infos);
  checkSlots(infos, limits, allowances);
}

/** Of the live tasks of one key, all but one wait for it. */
function checkKeys(infos: readonly TaskInfo[]): void {
  const holders = infos.filter(
    ({ key, state, waitingFor }) => key !== undefined && !over.has(state) && waitingFor !== "key",
  );
  const keys = holders.map(({ key }) => key);
  assert.equal(new Set(keys).size, keys.length, `a key is held twice: ${keys.join()}`);
}

/**
 * Of the managed tasks no more run than the limits allow, unless they ran when a limit was lowered; and nobody waits
 * for a slot that is free. (Whom a rate holds up, only the model knows.)
 */
function checkSlots(infos: readonly TaskInfo[], limits: ModelSlots, allowances: Map<string, number>): void {
  const managed = infos.filter((info) => info.managed);
  const waiting = managed.filter(({ waitingFor }) => waitingFor === "slot");
  const running = managed.filter(({ state }) => state === "running");
  const check = (what: string, count: number, limit: number): void => {
    const allowed = Math.max(limit, Math.min(count, allowances.get(what) ?? limit));
    assert.ok(count <= allowed, `${count} of ${what} run, ${allowed} may`);
    allowances.set(what, allowed);
  };
  check("all types", running.length, limits.maxRunning);
  for (const type of typeNames) {
    check(type, running.filter((info) => info.type === type).length, limits.lane(type).maxRunning);
  }
  if (running.length >= limits.maxRunning) return;
  for (const { id, type } of waiting) {
    const { maxRunning, rate } = limits.lane(type as TypeName);
    const count = running.filter((info) => info.type === type).length;
    assert.ok(count >= maxRunning || Number.isFinite(rate), `${id} of type ${type} waits for a free slot`);
  }
}
