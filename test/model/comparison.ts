import assert from "node:assert/strict";
import type { Model } from "./model.ts";
import { seriesOf } from "./plan-reading.ts";
import { errorTypeOf, isLive } from "./model-task.ts";
import type { ModelTask } from "./model-task.ts";
import { checkInvariants } from "./invariants.ts";
import type { Seen } from "./invariants.ts";
import { wordsOf } from "./words.ts";
import type { World } from "./world.ts";

/** Holds a tracker against the model. */
export class Comparison {
  readonly #world: World;
  readonly #model: Model;
  readonly #listens: boolean;
  readonly #seen: Seen = { states: new Map(), allowances: new Map() };

  constructor(world: World, model: Model, listens: boolean) {
    this.#world = world;
    this.#model = model;
    this.#listens = listens;
  }

  same(what: string, real: unknown, expected: unknown): void {
    assert.deepEqual(
      real,
      expected,
      `${what}: the tracker says ${String(real)}, the model ${String(expected)}`,
    );
  }

  /** After each step. */
  step(): void {
    const { tracker } = this.#world;
    const infos = tracker.list();
    this.#lines("order of starts", this.#world.started, this.#model.life.started);
    this.#lines(
      "tasks",
      infos.map((info) =>
        [
          ...[this.#world.numberOf(info.id), info.type, info.name, info.state, info.attempt, info.waitingFor],
          ...[info.managed, info.key, info.errorType, round(info.durationMs)],
          info.parentId === undefined ? undefined : this.#world.numberOf(info.parentId),
        ].join(" "),
      ),
      [...this.#model.life.live, ...this.#model.retained]
        .toSorted((a, b) => a.no - b.no)
        .map((task) => this.#lineOf(task)),
    );
    const stats = tracker.stats();
    this.#lines(
      "counts",
      stats.bySeries.map((counts) => JSON.stringify(counts)),
      this.#model.series.map((series) => this.#countsOf(series)),
    );
    this.#callers();
    this.#outcomes();
    checkInvariants(infos, stats, this.#model.life.slots, this.#seen);
    for (const { no } of this.#model.life.live) this.#world.hold(no);
  }

  /** When the shutdown is over. */
  shutdown(): void {
    const { completed, cancelled, unresponsive } = this.#model.shutdown;
    const result = this.#world.shutdownResult;
    this.same("completed at shutdown", result?.completed, completed);
    this.same("cancelled at shutdown", result?.cancelled, cancelled);
    const real = result?.unresponsive.map(({ id }) => this.#world.numberOf(id)) ?? [];
    this.#lines("unresponsive at shutdown", real, unresponsive);
    this.#lines(
      "managed tasks alive",
      this.#world.tracker.list({ state: "running" }).filter(({ managed }) => managed),
      [],
    );
    this.same("queued tasks", this.#world.tracker.count({ state: "queued" }), 0);
    if (this.#listens) this.#events();
  }

  /** When every body has settled. */
  afterAll(): void {
    const { total } = this.#world.tracker.stats();
    const { running, queued, unresponsive } = total;
    assert.deepEqual({ running, queued, unresponsive }, { running: 0, queued: 0, unresponsive: 0 });
    this.same("pressure", this.#world.tracker.pressure(), 0);
    this.step();
  }

  #events(): void {
    const { events, droppedEvents } = this.#world;
    this.same("dropped events", droppedEvents, 0);
    this.#lines(
      "seq",
      events.map(({ seq }) => seq),
      events.map((_, index) => index + 1),
    );
    const { life, shutdown } = this.#model;
    const expected = life.events.slice(0, Math.max(shutdown.eventsTold, events.length));
    this.#lines(
      "events",
      events.map((event) =>
        event.kind === "rejected"
          ? `- rejected ${event.reason}`
          : `${this.#world.numberOf(event.id)} ${event.kind} ${event.attempt}`,
      ),
      expected,
    );
  }

  #lines(what: string, real: readonly unknown[], expected: readonly unknown[]): void {
    if (real.length === expected.length && real.every((line, index) => line === expected[index])) return;
    assert.deepEqual(real, expected, `${what} differ: ${diff(real, expected)}`);
  }

  #lineOf(task: ModelTask): string {
    const { no, plan, state, attempt, waitingFor, isManaged, parent } = task;
    const { nowMs } = this.#model.life;
    const runsMs = state === "running" ? nowMs - (task.startedMs ?? nowMs) : 0;
    const errorType = state === "failed" ? failureType(task) : undefined;
    return [
      ...[no, plan.type, plan.name, state, attempt, state === "queued" ? waitingFor : undefined],
      ...[isManaged, isManaged ? plan.key : undefined, errorType, round(task.ranMs + runsMs), parent?.no],
    ].join(" ");
  }

  #countsOf(series: string): string {
    const tasks = this.#model.life.tasks.filter(({ plan }) => seriesOf(plan) === series);
    const count = (state: ModelTask["state"]): number => tasks.filter((task) => task.state === state).length;
    const late = [...this.#model.life.lateBodies].filter(
      ({ task, isUnresponsive }) => isUnresponsive && seriesOf(task.plan) === series,
    );
    const [type, name] = series.split("/");
    return JSON.stringify({
      ...{ type, name, spawned: tasks.length, queued: count("queued"), running: count("running") },
      ...{ completed: count("completed"), failed: count("failed"), cancelled: count("cancelled") },
      rejected: this.#model.refusals.filter(({ plan }) => seriesOf(plan) === series).length,
      restarted: tasks.reduce((sum, { attempt }) => sum + Math.max(0, attempt - 1), 0),
      lost: 0,
      stuck: 0,
      unresponsive: late.length,
    });
  }

  /** What callers were told. */
  #callers(): void {
    for (const [ordinal, expected] of this.#model.calls.entries()) {
      const real = this.#world.calls[ordinal];
      const words = "refused" in expected ? expected.refused : (expected.task.ending?.words ?? "pending");
      if (real?.words !== words && !(real?.words === "rejected" && "refused" in expected))
        this.same(`caller of start ${ordinal}`, real?.words, words);
      if (real?.handle !== undefined && "task" in expected)
        this.same(`handle of start ${ordinal}`, this.#world.numberOf(real.handle.id), expected.task.no);
    }
  }

  #outcomes(): void {
    for (const [no, outcome] of this.#world.outcomes) {
      const task = this.#model.life.tasks[no];
      if (task === undefined) throw new Error(`Task ${no} is unknown to the model`);
      if ((outcome === undefined) !== isLive(task))
        this.same(`outcome of ${no}`, outcome?.status, task.state);
      if (outcome === undefined) continue;
      const { words = "", request } = task.ending ?? {};
      const real: unknown[] = [
        outcome.status,
        outcome.attempts,
        round(outcome.durationMs),
        round(outcome.queuedMs),
      ];
      if (outcome.status === "completed") real.push(String(outcome.value));
      else if (outcome.status === "failed") real.push(wordsOf(outcome.error), outcome.errorType);
      else real.push(outcome.cancelledBy, wordsOf(outcome.reason));
      const queuedMs = (task.endedMs ?? 0) - task.spawnedMs - task.ranMs;
      const expected: unknown[] = [task.state, task.attempt, round(task.ranMs), round(queuedMs)];
      if (task.state === "completed") expected.push(words);
      else if (task.state === "failed") expected.push(words, failureType(task));
      else expected.push(String(request?.by), request?.reason ?? "none");
      this.#lines(`outcome of ${no}`, real, expected);
    }
  }
}

/** The label of a failure: a timeout is the task's own only if it is managed and no child's. */
function failureType({ ending, durations }: ModelTask): string {
  const { words = "" } = ending ?? {};
  const own = [`timeout:${durations.timeoutMs}`, `timeout:${durations.totalTimeoutMs}`];
  return own.includes(words) ? "timeout" : errorTypeOf(words);
}

/** Sums of readings of the clock lose what no one can see. */
function round(ms: number): number {
  return Math.round(ms * 100) / 100;
}

function diff(real: readonly unknown[], expected: readonly unknown[]): string {
  const at = Math.max(
    0,
    real.findIndex((line, index) => line !== expected[index]),
  );
  const index =
    real.length < expected.length && real.every((line, i) => line === expected[i]) ? real.length : at;
  return `at ${index} the tracker has "${String(real[index])}", the model "${String(expected[index])}"`;
}
