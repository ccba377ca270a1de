import { durationsOf } from "./durations.ts";
import { ModelLife } from "./model-life.ts";
import { ModelShutdown } from "./model-shutdown.ts";
import { isLive, newTask } from "./model-task.ts";
import type { ModelBody, ModelEnding, ModelRequest, ModelTask } from "./model-task.ts";
import { endingOf, endOf, followedChild, seriesOf, statusOf } from "./plan-reading.ts";
import type { FilterPlan, Plan } from "./steps.ts";

/** A case that the documentation leaves open: the sequence is given up. */
export class OpenCase extends Error {}

/** What was asked for with one start: a task (an older one, where a duplicate was dropped), or a refusal. */
export type ModelCall = { readonly task: ModelTask } | { readonly refused: string };

/** The reference model of a tracker: what the documentation promises, over plain lists, with everything looked up anew. */
export class Model {
  readonly life: ModelLife = new ModelLife({
    runBody: (body) => this.#runBody(body),
    bodyAsked: (body, request) => this.#bodyAsked(body, request),
  });
  /** By the order of the starts. */
  readonly calls: ModelCall[] = [];
  readonly refusals: { readonly plan: Plan; readonly reason: string }[] = [];
  /** Pairs of type and name, in the order of their first use. */
  readonly series: string[] = [];
  readonly shutdown: ModelShutdown = new ModelShutdown(this.life, (task) =>
    this.series.indexOf(seriesOf(task.plan)),
  );
  readonly signalGenerations: number[] = [];
  /** Signals that have aborted, with their reasons. */
  readonly abortedSignals = new Map<string, string>();
  readonly #bodies: ModelBody[] = [];
  /** Bodies in their first turn, with how they were settled in it. */
  readonly #starting = new Map<ModelBody, ModelEnding | undefined>();
  readonly #maxFinished: number;
  #starts = 0;

  constructor(maxFinished: number) {
    this.#maxFinished = maxFinished;
  }

  /** Bodies that have not settled, in the order of their start. */
  get openBodies(): readonly ModelBody[] {
    return this.#bodies.filter((body) => !body.isSettled);
  }

  start(plan: Plan, within: ModelBody | undefined): ModelCall {
    const ordinal = this.#starts++;
    const series = seriesOf(plan);
    if (!this.series.includes(series)) this.series.push(series);
    const isManaged = plan.how !== "wrap" && plan.how !== "track";
    const enclosing = isManaged && plan.detached === true ? undefined : within?.task;
    const call = isManaged
      ? this.#startManaged(plan, ordinal, enclosing)
      : this.#startObserved(plan, ordinal, enclosing);
    this.calls[ordinal] = call;
    return call;
  }

  /** The test settles a body; what depends on that comes in a microtask. */
  settle(body: ModelBody, ending: ModelEnding): void {
    if (body.reaction === "given" || body.isSettled) return;
    body.reaction = "given";
    // Nobody listens to a promise that the body has not given yet.
    if (this.#starting.has(body)) this.#starting.set(body, ending);
    else this.life.jobs.push(() => this.#settleNow(body, ending));
  }

  cancelWhere({ type, name, key, state, limit }: FilterPlan, reason: string): number {
    const selected = this.life.live.filter(
      (task) =>
        (type === undefined || task.plan.type === type) &&
        (name === undefined || task.plan.name === name) &&
        (key === undefined || (task.isManaged && task.plan.key === key)) &&
        (state === undefined || task.state === state),
    );
    return selected.slice(0, limit).filter((task) => this.life.cancel(task, "request", reason)).length;
  }

  abort(signal: string, reason: string): void {
    for (const task of this.life.live) if (task.signal === signal) this.life.cancel(task, "signal", reason);
  }

  sweep(olderThanMs: number): number {
    const kept = this.retained.filter(({ endedMs = 0 }) => endedMs > this.life.nowMs - olderThanMs);
    const dropped = this.retained.length - kept.length;
    this.life.ended = kept;
    return dropped;
  }

  get retained(): readonly ModelTask[] {
    return this.#maxFinished === 0 ? [] : this.life.ended.slice(-this.#maxFinished);
  }

  #startObserved(plan: Plan, ordinal: number, enclosing: ModelTask | undefined): ModelCall {
    const task = this.#make(plan, ordinal, enclosing);
    this.life.record(task, "spawned");
    task.attempt = 1;
    this.life.begin(task);
    const body = this.life.bodyOf(task, Number.POSITIVE_INFINITY);
    if (plan.how === "track") this.#bodies.push(body);
    else this.#runBody(body);
    return { task };
  }

  #startManaged(plan: Plan, ordinal: number, enclosing: ModelTask | undefined): ModelCall {
    const { life } = this;
    const { keys, slots } = life;
    if (life.isClosing && (enclosing === undefined || !isLive(enclosing)))
      return this.#refuse(plan, "closed");
    const holder = keys.holderOf(plan.key);
    const live = holder !== undefined && isLive(holder) ? holder : keys.nextFor(plan.key);
    if (live !== undefined && plan.onDuplicate === "drop") return { task: live };
    if (live !== undefined && plan.onDuplicate === "reject") return this.#refuse(plan, "duplicate");
    if (life.unresponsive >= slots.maxUnresponsive) return this.#refuse(plan, "unresponsive");
    const verdict = holder === undefined ? slots.verdict(plan.type, life.nowMs) : "wait";
    if (verdict !== "slot" && verdict !== "wait") return this.#refuse(plan, verdict);
    const task = this.#make(plan, ordinal, enclosing);
    if (plan.key !== undefined && holder === undefined) keys.take(plan.key, task);
    if (holder !== undefined) this.#waitForKey(task, holder);
    else if (verdict === "slot") slots.tryTake(task, life.nowMs);
    else {
      task.waitingFor = "slot";
      slots.wait(task, life.nowMs);
    }
    this.#announce(task);
    if (plan.how === "run") life.start(task);
    else life.jobs.push(() => life.start(task));
    return { task };
  }

  #waitForKey(task: ModelTask, holder: ModelTask): void {
    const { keys, slots, nowMs } = this.life;
    task.waitingFor = "key";
    slots.rank(task, nowMs);
    keys.wait(task);
    if (task.plan.onDuplicate !== "replace") return;
    const others = keys.waitingFor(task.plan.key ?? "").filter((other) => other !== task);
    if (others.length > 1) throw new OpenCase("the order in which many waiting tasks are replaced");
    for (const other of [holder, ...others]) {
      this.life.cancel(other, "replaced", "none");
    }
  }

  #announce(task: ModelTask): void {
    const { life } = this;
    life.record(task, "spawned");
    const request = askedAbove(task.parent);
    const signal = task.signal === undefined ? undefined : this.abortedSignals.get(task.signal);
    if (request !== undefined) life.cancel(task, "parent", request.error);
    else if (signal !== undefined) life.cancel(task, "signal", signal);
    if (!isLive(task)) return;
    life.family.join(task);
    task.totalDueMs = life.nowMs + task.durations.totalTimeoutMs;
  }

  #refuse(plan: Plan, reason: string): ModelCall {
    this.refusals.push({ plan, reason });
    this.life.events.push(`- rejected ${reason}`);
    return { refused: `rejected:${reason}` };
  }

  #make(plan: Plan, ordinal: number, enclosing: ModelTask | undefined): ModelTask {
    const { life } = this;
    const isManaged = plan.how !== "wrap" && plan.how !== "track";
    const { signal } = plan;
    const generation = signal === undefined || !isManaged ? undefined : (this.signalGenerations[signal] ?? 0);
    const task = newTask({
      no: life.tasks.length,
      ordinal,
      plan,
      isManaged,
      durations: durationsOf(plan, ordinal),
      spawnedMs: life.nowMs,
      parent: enclosing,
      signal: generation === undefined ? undefined : `${signal}.${generation}`,
    });
    life.tasks.push(task);
    life.enlist(task);
    return task;
  }

  #runBody(body: ModelBody): void {
    const { task } = body;
    const { plan, attempt } = task;
    this.#bodies.push(body);
    this.#starting.set(body, undefined);
    const children = (plan.children ?? []).map((child) => this.start(child, body));
    if (plan.cancels === "self") this.life.cancel(task, "request", "body");
    else if (plan.cancels === "parent" && task.parent !== undefined)
      this.life.cancel(task.parent, "request", "body");
    const end = endOf(plan, attempt);
    const early = this.#starting.get(body);
    this.#starting.delete(body);
    if (early !== undefined) this.life.jobs.push(() => this.#settleNow(body, early));
    if (end === "value" || end === "throw")
      this.#settleNow(body, endingOf(body, end === "value" ? "value" : "error"));
    else if (end === "child") this.#followChild(body, children);
  }

  #followChild(body: ModelBody, children: readonly ModelCall[]): void {
    const index = followedChild(body.task.plan);
    const call = index < 0 ? undefined : children[index];
    if (call === undefined) return;
    body.reaction = "given";
    const settle = (words: string): void => this.#settleNow(body, { status: statusOf(words), words });
    if ("refused" in call) this.life.jobs.push(() => settle(call.refused));
    else this.life.onEnd(call.task, () => settle(call.task.ending?.words ?? ""));
  }

  #bodyAsked(body: ModelBody, { error }: ModelRequest): void {
    const { onAbort = "ignore", how } = body.task.plan;
    if (how === "track" || endOf(body.task.plan, body.task.attempt) !== "pending") return;
    if (onAbort === "reject") this.settle(body, { status: "failed", words: error, answers: true });
    else if (onAbort === "resolve") this.settle(body, endingOf(body, "value"));
  }

  #settleNow(body: ModelBody, ending: ModelEnding): void {
    const { task } = body;
    body.isSettled = true;
    if (task.isManaged) {
      this.life.settled(body, ending);
      return;
    }
    const { asked } = task;
    const answers = ending.answers === true || ending.words.startsWith("abort:");
    this.life.end(
      task,
      asked !== undefined && answers ? { ...ending, status: "cancelled", request: asked } : ending,
      undefined,
    );
  }
}

/** The request to stop that reaches the children of a task: its own, or through observed tasks one from further up. */
function askedAbove(parent: ModelTask | undefined): ModelTask["asked"] {
  for (
    let task = parent;
    task !== undefined;
    task = task.isManaged || !isLive(task) ? undefined : task.enclosing
  ) {
    if (task.asked !== undefined) return task.asked;
  }
  return undefined;
}
