import { goesBefore } from "./model-task.ts";
import type { ModelTask } from "./model-task.ts";
import type { ConfigPlan, LimitsPlan, TypeName, TypePlan } from "./steps.ts";
import { limitedTypes, typeNames } from "./steps.ts";

/** What arithmetic on tokens may be off by. */
const TOLERANCE = 1e-5;

/** The limits of one type, and what they have let in. */
class Lane {
  /** Whether the type has limits of its own. Its rate is counted from then on. */
  hasPolicy: boolean;
  running = 0;
  maxRunning = Number.POSITIVE_INFINITY;
  rate = Number.POSITIVE_INFINITY;
  /** `undefined` until somebody wants to start: a rate that nobody used has its whole burst. */
  tokens: number | undefined;
  filledMs = 0;

  constructor(hasPolicy: boolean) {
    this.hasPolicy = hasPolicy;
  }

  configure({ maxRunning, startsPerSecond }: TypePlan, nowMs: number): void {
    this.maxRunning = maxRunning ?? this.maxRunning;
    this.fill(nowMs);
    if (startsPerSecond === undefined) return;
    if (this.rate === Number.POSITIVE_INFINITY && this.tokens !== undefined) this.tokens = this.rate;
    if (this.tokens !== undefined) this.tokens = Math.min(this.tokens, burstOf(startsPerSecond));
    this.rate = startsPerSecond;
  }

  fill(nowMs: number): void {
    const passedMs = nowMs - this.filledMs;
    this.filledMs = nowMs;
    if (this.tokens === undefined || passedMs === 0) return;
    this.tokens = Math.min(burstOf(this.rate), this.tokens + (passedMs / 1_000) * this.rate);
  }

  hasToken(nowMs: number): boolean {
    this.tokens ??= burstOf(this.rate);
    this.fill(nowMs);
    return this.rate === Number.POSITIVE_INFINITY || this.tokens >= 1 - TOLERANCE;
  }

  get isEmpty(): boolean {
    return this.rate !== Number.POSITIVE_INFINITY && this.tokens !== undefined && this.tokens < 1 - TOLERANCE;
  }

  /** When there is a token again. */
  get tokenMs(): number {
    return this.filledMs + ((1 - (this.tokens ?? 1)) / this.rate) * 1_000;
  }
}

/** Who may run: the rules of admission, read off the documentation, over plain lists. */
export class ModelSlots {
  readonly waiting: ModelTask[] = [];
  readonly #lanes = new Map<TypeName, Lane>();
  readonly #onGranted: (task: ModelTask) => void;
  running = 0;
  maxRunning = Number.POSITIVE_INFINITY;
  maxQueued = 10_000;
  maxUnresponsive = Number.POSITIVE_INFINITY;
  ageingMs = 10_000;
  #order = 0;

  constructor(onGranted: (task: ModelTask) => void) {
    this.#onGranted = onGranted;
    for (const type of typeNames) this.#lanes.set(type, new Lane(limitedTypes.includes(type)));
  }

  configure({ limits = {}, types = {} }: ConfigPlan, nowMs: number): void {
    this.#take(limits);
    for (const type of typeNames) {
      const lane = this.lane(type);
      lane.configure(types[type] ?? {}, nowMs);
      if (lane.hasPolicy || types[type] === undefined) continue;
      lane.hasPolicy = true;
      const isUsed = lane.running > 0 || this.waiting.some((task) => task.plan.type === type);
      lane.tokens = isUsed ? burstOf(lane.rate) : undefined;
    }
    this.grant(nowMs);
  }

  lane(type: TypeName): Lane {
    const lane = this.#lanes.get(type);
    if (lane === undefined) throw new Error(`No lane ${type}`);
    return lane;
  }

  runningOf(type: TypeName): number {
    return this.lane(type).running;
  }

  tryTake(task: ModelTask, nowMs: number): boolean {
    this.lane(task.plan.type).hasToken(nowMs);
    if (this.waiting.some((other) => other.plan.type === task.plan.type) || !this.#isOpen(task, nowMs))
      return false;
    this.#start(task);
    return true;
  }

  /** Whether a task of the type would get a slot at once, and if not, whether it may not even wait. */
  verdict(type: TypeName, nowMs: number): "slot" | "wait" | "limit" | "queue_full" | "rate" {
    const lane = this.lane(type);
    const hasSlot = this.running < this.maxRunning && lane.running < lane.maxRunning;
    const hasToken = lane.hasToken(nowMs);
    if (hasSlot && hasToken && !this.waiting.some((other) => other.plan.type === type)) return "slot";
    if (this.waiting.length < this.maxQueued) return "wait";
    if (hasSlot && !hasToken) return "rate";
    return this.maxQueued === 0 ? "limit" : "queue_full";
  }

  rank(task: ModelTask, nowMs: number): void {
    task.rank = nowMs - (task.plan.priority ?? 0) * this.ageingMs;
    task.order = this.#order++;
  }

  wait(task: ModelTask, nowMs: number): void {
    this.rank(task, nowMs);
    this.waiting.push(task);
  }

  withdraw(task: ModelTask): void {
    const index = this.waiting.indexOf(task);
    if (index >= 0) this.waiting.splice(index, 1);
  }

  /** A start that nothing came of does not count against the rate. */
  release(task: ModelTask, nowMs: number, wasUsed: boolean): void {
    if (!task.holdsSlot) return;
    task.holdsSlot = false;
    this.running -= 1;
    const lane = this.lane(task.plan.type);
    lane.running -= 1;
    lane.fill(nowMs);
    if (!wasUsed && lane.tokens !== undefined) lane.tokens = Math.min(burstOf(lane.rate), lane.tokens + 1);
    this.grant(nowMs);
  }

  /** Nobody waits while there is a slot that it could have. */
  grant(nowMs: number): void {
    for (const lane of this.#lanes.values()) lane.fill(nowMs);
    for (;;) {
      const next = this.waiting.filter((task) => this.#isOpen(task, nowMs)).toSorted(goesBefore)[0];
      if (next === undefined) return;
      this.withdraw(next);
      this.#start(next);
      this.#onGranted(next);
    }
  }

  /** When the rate of a type lets the next task in, for each type that waits for nothing else of its own. */
  tokensDueMs(): number[] {
    return typeNames.flatMap((type) => {
      const lane = this.lane(type);
      const isWanted = lane.running < lane.maxRunning && this.waiting.some((task) => task.plan.type === type);
      return isWanted && lane.isEmpty ? [lane.tokenMs] : [];
    });
  }

  #take({ maxRunning, maxQueued, maxUnresponsive, ageingMs }: LimitsPlan): void {
    this.maxRunning = maxRunning ?? this.maxRunning;
    this.maxQueued = maxQueued ?? this.maxQueued;
    this.maxUnresponsive = maxUnresponsive ?? this.maxUnresponsive;
    this.ageingMs = ageingMs ?? this.ageingMs;
  }

  #isOpen(task: ModelTask, nowMs: number): boolean {
    const lane = this.lane(task.plan.type);
    return this.running < this.maxRunning && lane.running < lane.maxRunning && lane.hasToken(nowMs);
  }

  #start(task: ModelTask): void {
    const lane = this.lane(task.plan.type);
    task.holdsSlot = true;
    this.running += 1;
    lane.running += 1;
    if (lane.rate !== Number.POSITIVE_INFINITY) lane.tokens = (lane.tokens ?? 1) - 1;
  }
}

function burstOf(rate: number): number {
  return Math.max(1, rate);
}
