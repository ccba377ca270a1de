import fc from "fast-check";
import { turn } from "../tracker/support.ts";
import { Comparison } from "./comparison.ts";
import { nextDue } from "./due.ts";
import { Model, OpenCase } from "./model.ts";
import { endingOf } from "./plan-reading.ts";
import type { Sequence, Step } from "./steps.ts";
import { SIGNALS } from "./steps.ts";
import { World } from "./world.ts";

/** Drives a tracker and the model through one sequence, and compares them after each step. Throws where they differ. */
export async function checkSequence(sequence: Sequence): Promise<void> {
  const run = new Run(sequence);
  try {
    await run.steps(sequence.steps);
    await run.end();
  } catch (error) {
    await run.abandon();
    if (error instanceof OpenCase) fc.pre(false);
    throw error;
  }
}

class Run {
  readonly #world: World;
  readonly #model: Model;
  readonly #comparison: Comparison;
  #stepNo = 0;

  constructor(sequence: Sequence) {
    this.#world = new World(sequence);
    this.#model = new Model(sequence.maxFinished);
    this.#model.life.slots.configure(sequence.config, 0);
    this.#comparison = new Comparison(this.#world, this.#model, sequence.listens);
  }

  async steps(steps: readonly Step[]): Promise<void> {
    for (const step of steps) {
      if (this.#model.shutdown.phase === "done") return;
      await this.#step(step);
    }
  }

  /** Shuts down, settles whatever goes on, and looks once more. */
  async end(): Promise<void> {
    if (this.#model.shutdown.phase === "open") await this.#step({ do: "shutdown", drain: 2, grace: 2 });
    for (let left = 100; this.#model.shutdown.phase !== "done" && left > 0; left -= 1) {
      await this.#step({ do: "advance", byMs: 1_000 });
    }
    await this.#turns();
    this.#comparison.shutdown();
    for (const body of [...this.#model.openBodies]) await this.#settle(body.id, "value");
    await this.#turns();
    this.#comparison.afterAll();
  }

  /** Leaves nothing behind that would disturb the next sequence. */
  async abandon(): Promise<void> {
    for (const body of this.#model.openBodies) this.#world.settle(body.id, "value");
    await turn();
  }

  async #step(step: Step): Promise<void> {
    this.#stepNo += 1;
    if (step.do === "advance") await this.#advance(step.byMs);
    else await this.#act(step);
    await this.#world.flush();
    this.#model.life.runJobs();
    this.#comparison.step();
  }

  async #act(step: Exclude<Step, { readonly do: "advance" }>): Promise<void> {
    const [world, model, reason] = [this.#world, this.#model, `reason ${this.#stepNo}`];
    switch (step.do) {
      case "start": {
        const startable = model.openBodies.filter(({ task }) => task.plan.how !== "track");
        const within = step.within === undefined ? undefined : startable[step.within % startable.length];
        model.start(step.plan, within);
        world.start(step.plan, within?.id);
        return;
      }
      case "settle": {
        const settleable = model.openBodies.filter(({ reaction }) => reaction === "none");
        const body = settleable[step.body % settleable.length];
        if (body !== undefined) await this.#settle(body.id, step.how);
        return;
      }
      case "cancel": {
        const task = model.life.tasks[step.task % model.life.tasks.length];
        if (task === undefined) return;
        const handle = step.by === "handle" ? world.tracker.get(world.idOf(task.no)) : undefined;
        const given = handle?.cancel(reason) ?? world.tracker.cancel(world.idOf(task.no), reason);
        this.#comparison.same("cancel", given, model.life.cancel(task, "request", reason));
        return;
      }
      case "cancelWhere": {
        const given = world.tracker.cancelWhere(step.filter, reason);
        this.#comparison.same("cancelWhere", given, model.cancelWhere(step.filter, reason));
        return;
      }
      case "abort": {
        // Every other signal stays in use after its abortion.
        const isRenewed = this.#stepNo % 2 === 0;
        const generation = model.signalGenerations[step.signal] ?? 0;
        const name = `${step.signal % SIGNALS}.${generation}`;
        if (model.abortedSignals.has(name)) return;
        model.abortedSignals.set(name, reason);
        if (isRenewed) model.signalGenerations[step.signal] = generation + 1;
        world.abort(step.signal, reason, isRenewed);
        model.abort(name, reason);
        return;
      }
      case "configure":
        world.tracker.configure(step.config);
        model.life.slots.configure(step.config, model.life.nowMs);
        return;
      case "sweep":
        this.#comparison.same("sweep", world.tracker.sweep(step.olderThanMs), model.sweep(step.olderThanMs));
        return;
      case "shutdown":
        world.shutdown(step.drain * 1_001, step.grace * 1_003);
        model.shutdown.begin(step.drain * 1_001, step.grace * 1_003);
    }
  }

  async #settle(id: string, how: "value" | "error" | "abort-error"): Promise<void> {
    const body = this.#model.openBodies.find((each) => each.id === id);
    if (body === undefined) return;
    this.#world.settle(id, how);
    this.#model.settle(body, endingOf(body, how));
    // The rejection of a tracked promise is taken up in the next turn of the event loop.
    await this.#world.flush();
    if (body.task.plan.how === "track") await turn();
    this.#model.life.runJobs();
  }

  async #advance(byMs: number): Promise<void> {
    const { life } = this.#model;
    await this.#world.clock.advance(byMs, () => {
      life.nowMs = this.#world.clock.now();
      for (let due = nextDue(this.#model); due !== undefined; due = nextDue(this.#model)) {
        due();
        life.runJobs();
      }
    });
  }

  /** Enough turns of the event loop for the end of a shutdown. */
  async #turns(): Promise<void> {
    for (let left = 6; left > 0; left -= 1) await turn();
    this.#model.life.runJobs();
  }
}
