import { addAbortListener } from "node:events";
import {
  InvalidOptionError,
  TaskRejectedError,
  TrackerClosedError,
  checkBoolean,
  checkWord,
} from "../errors/index.ts";
import { timerUntil } from "../internal/index.ts";
import type { Clock, ClockTimer } from "../internal/index.ts";
import type { TaskOrigin } from "../plugin/index.ts";
import type { TaskHandle } from "../task/index.ts";
import { CallOrigin } from "./call-origin.ts";
import type { OverlapPolicy, Periodic } from "./periodic.ts";
import { processSlot } from "./process-slot.ts";
import type { TaskBody, TaskContext } from "./task-context.ts";
import type { ManagedSpec } from "./task-spec.ts";

/** What periodic work needs of a tracker. */
export interface PeriodicMachine {
  readonly clock: Clock;
  readonly isClosing: boolean;
  readonly periodics: Set<{ stop(): void }>;
  readonly surroundings: { runOutside(body: () => void): void };
  readonly specs: { managed(given: unknown): ManagedSpec };
  spawn(spec: unknown, body: unknown, namedParent?: undefined, origin?: TaskOrigin): TaskHandle;
}

/** One run: over when its task has ended and its bodies have settled, or have had their grace. */
interface Run {
  handle: TaskHandle | undefined;
  bodies: number;
  hasEnded: boolean;
  grace: ClockTimer | undefined;
}

const overlapPolicies: readonly OverlapPolicy[] = ["skip", "queue", "allow"];

/** Checks what `every` was given and starts it. */
export function startPeriodic(machine: PeriodicMachine, given: unknown, body: unknown): Periodic {
  if (typeof given !== "object" || given === null) {
    throw new InvalidOptionError("options", given, "an object with a name and an interval");
  }
  const { intervalMs, overlap, immediate, ...options } = given as Record<string, unknown>;
  for (const option of ["detached", "parent"]) {
    if (options[option] === undefined) continue;
    throw new InvalidOptionError(option, options[option], "no value: periodic runs are roots of their own");
  }
  if (typeof body !== "function") throw new InvalidOptionError("body", body, "a function");
  const runOptions = { ...options, detached: true };
  const { observed, policy, signal } = machine.specs.managed(runOptions);
  const periodic = new PeriodicTask(machine, runOptions, body as TaskBody<unknown>, {
    name: observed.name,
    intervalMs: checkIntervalMs(intervalMs),
    overlap: overlap === undefined ? "skip" : checkWord("overlap", overlap, overlapPolicies),
    cancelGraceMs: policy.cancelGraceMs,
  });
  const isImmediate = immediate === undefined ? false : checkBoolean("immediate", immediate);
  if (machine.isClosing) throw new TrackerClosedError(`Periodic task ${JSON.stringify(observed.name)}`);
  periodic.start(isImmediate, signal);
  return periodic;
}

interface Schedule {
  readonly name: string;
  readonly intervalMs: number;
  readonly overlap: OverlapPolicy;
  readonly cancelGraceMs: number;
}

/**
 * Spawns runs on a grid: start + n × interval on the monotonic clock. A late timer moves no later run, and runs that were
 * missed while the process was busy are counted and left out, never made up for in a burst.
 */
class PeriodicTask implements Periodic {
  readonly #machine: PeriodicMachine;
  readonly #options: object;
  readonly #body: TaskBody<unknown>;
  readonly #schedule: Schedule;
  readonly #unfinished = new Set<Run>();
  /** Runs belong to nobody's context, and are traced back to this. */
  readonly #origin = new CallOrigin();
  #startMs = 0;
  /** The last point of the grid that was dealt with. */
  #tick = 0;
  #runs = 0;
  #skipped = 0;
  #isStopped = false;
  #isRunWaiting = false;
  #timer: ClockTimer | undefined;
  #signalListener: Disposable | undefined;

  constructor(machine: PeriodicMachine, options: object, body: TaskBody<unknown>, schedule: Schedule) {
    this.#machine = machine;
    this.#options = options;
    this.#body = body;
    this.#schedule = schedule;
  }

  get name(): string {
    return this.#schedule.name;
  }

  get intervalMs(): number {
    return this.#schedule.intervalMs;
  }

  get runs(): number {
    return this.#runs;
  }

  get skipped(): number {
    return this.#skipped;
  }

  get isStopped(): boolean {
    return this.#isStopped;
  }

  start(isImmediate: boolean, signal: AbortSignal | undefined): void {
    if (signal?.aborted === true) {
      this.#isStopped = true;
      return;
    }
    if (signal !== undefined) this.#signalListener = addAbortListener(signal, () => this.stop());
    this.#machine.periodics.add(this);
    this.#startMs = this.#machine.clock.now();
    this.#machine.surroundings.runOutside(() => {
      this.#arm();
      if (isImmediate) this.#due();
    });
  }

  cancel(reason?: unknown): boolean {
    const wasGoing = !this.#isStopped;
    this.stop();
    for (const { handle } of [...this.#unfinished]) handle?.cancel(reason);
    return wasGoing;
  }

  /** Starts no further run, and leaves the others alone. */
  stop(): void {
    this.#isStopped = true;
    this.#isRunWaiting = false;
    this.#timer?.cancel();
    this.#signalListener?.[Symbol.dispose]();
    this.#machine.periodics.delete(this);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.cancel();
    for (const { handle } of [...this.#unfinished]) await handle?.outcome;
  }

  #arm(): void {
    const dueMs = this.#startMs + (this.#tick + 1) * this.#schedule.intervalMs;
    this.#timer = timerUntil(this.#machine.clock, dueMs, true, () => this.#wake());
  }

  #wake(): void {
    const elapsedMs = this.#machine.clock.now() - this.#startMs;
    const tick = Math.max(this.#tick + 1, Math.floor(elapsedMs / this.#schedule.intervalMs));
    this.#skipped += tick - this.#tick - 1;
    this.#tick = tick;
    this.#arm();
    this.#due();
  }

  #due(): void {
    if (this.#schedule.overlap === "allow" || this.#unfinished.size === 0) this.#run();
    else if (this.#schedule.overlap === "queue" && !this.#isRunWaiting) this.#isRunWaiting = true;
    else this.#skipped += 1;
  }

  #run(): void {
    const run: Run = { handle: undefined, bodies: 0, hasEnded: false, grace: undefined };
    const handle = this.#spawn(run);
    if (handle === undefined) {
      this.#skipped += 1;
      return;
    }
    run.handle = handle;
    this.#runs += 1;
    this.#unfinished.add(run);
    void handle.outcome.then(() => {
      run.hasEnded = true;
      this.#settle(run);
    });
  }

  /** Gives the handle of a new task; `undefined` when it was refused, or dropped in favour of one with the same key. */
  #spawn(run: Run): TaskHandle | undefined {
    const { nextTaskId } = processSlot();
    try {
      const body = (context: TaskContext): Promise<unknown> => this.#call(run, context);
      const handle = this.#machine.spawn(this.#options, body, undefined, this.#origin);
      return handle.id < nextTaskId ? undefined : handle;
    } catch (error) {
      if (error instanceof TrackerClosedError) this.stop();
      if (error instanceof TaskRejectedError) return undefined;
      throw error;
    }
  }

  async #call(run: Run, context: TaskContext): Promise<unknown> {
    run.bodies += 1;
    try {
      return await this.#body(context);
    } finally {
      run.bodies -= 1;
      this.#settle(run);
    }
  }

  /** Looks whether a run is over. */
  #settle(run: Run): void {
    if (!run.hasEnded) return;
    if (run.bodies === 0) this.#finish(run);
    else if (run.grace === undefined && this.#schedule.cancelGraceMs !== Number.POSITIVE_INFINITY) {
      const { clock } = this.#machine;
      const untilMs = clock.now() + this.#schedule.cancelGraceMs;
      run.grace = timerUntil(clock, untilMs, false, () => this.#finish(run));
    }
  }

  #finish(run: Run): void {
    run.grace?.cancel();
    if (!this.#unfinished.delete(run) || !this.#isRunWaiting || this.#unfinished.size > 0) return;
    this.#isRunWaiting = false;
    this.#machine.surroundings.runOutside(() => this.#run());
  }
}

function checkIntervalMs(value: unknown): number {
  if (typeof value === "number" && value > 0 && value < Number.POSITIVE_INFINITY) return value;
  throw new InvalidOptionError("intervalMs", value, "a finite number of milliseconds above 0");
}
