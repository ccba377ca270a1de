import type { CancelledBy } from "taskscope";
import { ModelFamily } from "./model-family.ts";
import { ModelKeys } from "./model-keys.ts";
import { ModelSlots } from "./model-slots.ts";
import { attemptOf, comesBack, isBodySettled, isLive, isReleased, newBody } from "./model-task.ts";
import type { ModelBody, ModelEnding, ModelRequest, ModelTask } from "./model-task.ts";

/** What a model of a tracker does when the body of a task starts, and when one is told to stop. */
export interface ModelScripts {
  runBody(body: ModelBody): void;
  bodyAsked(body: ModelBody, request: ModelRequest): void;
}

/**
 * The life of tasks, as the tables of the documentation have it. Everything happens in this call, but for what the
 * documentation says comes in a microtask of its own: that waits in `jobs`, first in first out.
 */
export class ModelLife {
  readonly slots: ModelSlots = new ModelSlots((task) => this.#granted(task));
  readonly keys: ModelKeys = new ModelKeys();
  readonly tasks: ModelTask[] = [];
  readonly family: ModelFamily = new ModelFamily(this.tasks);
  /** Bodies that go on after their attempt was over. */
  readonly lateBodies = new Set<ModelBody>();
  readonly jobs: (() => void)[] = [];
  /** Attempts in the order of their start. */
  readonly started: string[] = [];
  readonly events: string[] = [];
  /** Ended tasks, oldest end first. */
  ended: ModelTask[] = [];
  nowMs = 0;
  isClosing = false;
  onSettled: () => void = () => {};
  readonly #awaiting = new Map<ModelTask, (() => void)[]>();
  #listed = 0;
  readonly #scripts: ModelScripts;

  constructor(scripts: ModelScripts) {
    this.#scripts = scripts;
  }

  get live(): readonly ModelTask[] {
    return this.tasks.filter(isLive);
  }

  get unresponsive(): number {
    return [...this.lateBodies].filter((body) => body.isUnresponsive).length;
  }

  runJobs(): void {
    for (let job = this.jobs.shift(); job !== undefined; job = this.jobs.shift()) job();
  }

  enlist(task: ModelTask): void {
    task.listedAt = this.#listed++;
  }

  record(task: ModelTask, kind: string, attempt = task.attempt): void {
    this.events.push(`${task.no} ${kind} ${attempt}`);
  }

  /** Queued → running, if it still may. */
  start(task: ModelTask): void {
    if (task.state !== "queued" || !task.holdsSlot) return;
    task.attempt += 1;
    this.begin(task);
    const { timeoutMs } = task.durations;
    const body = this.bodyOf(task, this.nowMs + timeoutMs);
    this.#scripts.runBody(body);
  }

  begin(task: ModelTask): void {
    task.state = "running";
    task.startedMs = this.nowMs;
    this.enlist(task);
    this.record(task, "started");
  }

  bodyOf(task: ModelTask, dueMs: number): ModelBody {
    const id = `${task.no}.${task.attempt}`;
    this.started.push(id);
    return (task.body = newBody(id, task, dueMs));
  }

  /** The timeout of an attempt, or the grace of a body that outlives one, has passed. */
  bodyDue(body: ModelBody): void {
    const { task } = body;
    body.dueMs = Number.POSITIVE_INFINITY;
    if (body.isOver) {
      body.isUnresponsive = true;
      this.record(task, "unresponsive", attemptOf(body));
      this.#released(task);
      return;
    }
    body.isOver = true;
    const error = `timeout:${task.durations.timeoutMs}`;
    this.#attemptOver(task, { status: "failed", words: error }, { by: undefined, reason: "none", error });
  }

  totalDue(task: ModelTask): void {
    const error = `timeout:${task.durations.totalTimeoutMs}`;
    const children = this.family.childrenOf(task);
    this.end(task, { status: "failed", words: error }, { by: undefined, reason: "none", error });
    this.#cancelAll(children, error);
  }

  backoffDue(task: ModelTask): void {
    task.backoffDueMs = Number.POSITIVE_INFINITY;
    this.#goOnIfReady(task);
  }

  /** The body of a managed task has settled. */
  settled(body: ModelBody, ending: ModelEnding): void {
    const { task } = body;
    body.dueMs = Number.POSITIVE_INFINITY;
    if (!body.isOver) {
      body.isOver = true;
      this.#attemptOver(task, ending, undefined);
      return;
    }
    this.lateBodies.delete(body);
    this.record(task, "settled-late", attemptOf(body));
    if (!body.isUnresponsive) this.#released(task);
    if (!isLive(task) && isBodySettled(task)) task.asked = undefined;
    this.onSettled();
  }

  /** Cancels a task and what is within its reach. */
  cancel(task: ModelTask, by: CancelledBy, reason: string): boolean {
    if (!isLive(task)) return false;
    const children = this.family.childrenOf(task);
    const error = `cancelled:${by}:${reason}`;
    this.#cancelOne(task, { by, reason, error });
    this.#cancelAll(children, error);
    return true;
  }

  /** Books first, then the signal of a body that goes on, then slot and key, then the caller. */
  end(task: ModelTask, ending: ModelEnding, request: ModelRequest | undefined): void {
    task.totalDueMs = Number.POSITIVE_INFINITY;
    task.backoffDueMs = Number.POSITIVE_INFINITY;
    this.slots.withdraw(task);
    this.keys.leave(task);
    const wasRunning = task.state === "running";
    if (wasRunning && task.startedMs !== undefined) task.ranMs += this.nowMs - task.startedMs;
    if (request !== undefined && wasRunning) this.#letGo(task);
    task.state = ending.status;
    task.endedMs = this.nowMs;
    task.ending = ending;
    task.enclosing = undefined;
    this.ended.push(task);
    this.record(task, ending.status);
    this.family.leave(task);
    if (request !== undefined && !isBodySettled(task)) this.#ask(task, request);
    if (isBodySettled(task)) task.asked = undefined;
    this.slots.release(task, this.nowMs, wasRunning);
    if (isReleased(task)) this.#releaseKey(task);
    this.jobs.push(...(this.#awaiting.get(task) ?? []));
    this.#awaiting.delete(task);
    this.onSettled();
  }

  /** Calls `react` in a microtask after the task's end: what whoever waits for its promise is told. */
  onEnd(task: ModelTask, react: () => void): void {
    if (!isLive(task)) this.jobs.push(react);
    else this.#awaiting.set(task, [...(this.#awaiting.get(task) ?? []), react]);
  }

  #attemptOver(task: ModelTask, ending: ModelEnding, request: ModelRequest | undefined): void {
    const children = this.family.childrenOf(task);
    const verdict = this.isClosing ? "no" : comesBack(task, ending, this.nowMs);
    if (verdict === "yes") this.#backOff(task, request);
    else {
      if (verdict === "gave-up") this.record(task, "gave-up");
      this.end(task, ending, request);
    }
    if (request !== undefined) this.#cancelAll(children, request.error);
  }

  #backOff(task: ModelTask, request: ModelRequest | undefined): void {
    task.restarts += 1;
    task.waitingFor = "backoff";
    task.state = "queued";
    task.ranMs += this.nowMs - (task.startedMs ?? this.nowMs);
    this.enlist(task);
    if (request !== undefined) {
      this.#letGo(task);
      this.#ask(task, request);
    }
    // The next attempt has a signal of its own.
    task.asked = undefined;
    this.slots.release(task, this.nowMs, true);
    this.record(task, "restarting");
    task.backoffDueMs = this.nowMs + task.durations.backoffMs;
  }

  #letGo({ body, durations }: ModelTask): void {
    if (body === undefined) return;
    body.isOver = true;
    body.dueMs = Number.POSITIVE_INFINITY;
    if (body.isSettled) return;
    this.lateBodies.add(body);
    body.dueMs = this.nowMs + durations.cancelGraceMs;
  }

  #ask(task: ModelTask, request: ModelRequest): void {
    if (task.asked !== undefined) return;
    task.asked = request;
    if (task.body !== undefined && !task.body.isSettled) this.#scripts.bodyAsked(task.body, request);
  }

  /** The body has settled, or its grace is over. */
  #released(task: ModelTask): void {
    if (!isLive(task)) this.#releaseKey(task);
    else if (task.waitingFor === "backoff") this.#goOnIfReady(task);
  }

  #releaseKey(task: ModelTask): void {
    const next = this.keys.release(task);
    if (next !== undefined) this.#takeSlotOrWait(next);
  }

  #goOnIfReady(task: ModelTask): void {
    const isReady = task.backoffDueMs === Number.POSITIVE_INFINITY && isReleased(task);
    if (isReady) this.#takeSlotOrWait(task);
  }

  #takeSlotOrWait(task: ModelTask): void {
    if (this.slots.tryTake(task, this.nowMs)) {
      this.#granted(task);
      return;
    }
    task.waitingFor = "slot";
    this.slots.wait(task, this.nowMs);
  }

  #granted(task: ModelTask): void {
    task.waitingFor = "start";
    this.jobs.push(() => this.start(task));
  }

  #cancelAll(children: readonly ModelTask[], reason: string): void {
    const waiting = [...children];
    for (let task = waiting.pop(); task !== undefined; task = waiting.pop()) {
      if (!isLive(task)) continue;
      waiting.push(...this.family.childrenOf(task));
      this.#cancelOne(task, { by: "parent", reason, error: `cancelled:parent:${reason}` });
    }
  }

  /** A managed task ends at once, an observed one is asked. */
  #cancelOne(task: ModelTask, request: ModelRequest): void {
    if (task.asked === undefined) this.record(task, "cancel-requested");
    if (task.isManaged) this.end(task, { status: "cancelled", words: request.error, request }, request);
    else this.#ask(task, request);
  }
}
