import { IndexedHeap } from "../internal/index.ts";
import type { Clock, Deadline, HeapNode } from "../internal/index.ts";

/** What may run at once and how fast it may start, of the tasks of one type. `Infinity` stands for no bound. */
export interface LaneLimits {
  readonly maxRunning: number;
  readonly startsPerSecond: number;
}

/** A task that waits for a slot. `rank`, `order` and `heapIndex` are the admission's. */
export interface Ticket extends HeapNode {
  /** Which limits it comes under: a type that has some, or the common one. */
  lane: string;
  readonly priority: number;
  rank: number;
  order: number;
  /** Called once, when the slot is the ticket's. Must not throw, and must not start anything in this call. */
  onGranted(): void;
}

/**
 * The slots, the queue and the rate of one lane. The rate is a token bucket, kept as one instant (the generic cell rate
 * algorithm, ITU-T I.371): nothing is filled, so nothing is rounded.
 */
export class Lane implements HeapNode {
  heapIndex = -1;
  running = 0;
  limits: LaneLimits;
  readonly name: string;
  readonly queue: IndexedHeap<Ticket> = new IndexedHeap(ticketGoesBefore);
  readonly tokenDue: Deadline;
  /** When the bucket is full again, as a reading of the clock. */
  #fullAtMs = Number.NEGATIVE_INFINITY;

  constructor(name: string, limits: LaneLimits, onToken: (lane: Lane) => void) {
    this.name = name;
    this.limits = limits;
    this.tokenDue = { dueMs: 0, heapIndex: -1, onDue: () => onToken(this) };
  }

  /** Takes new limits. The tokens that are there stay, as far as the new bucket holds them. */
  configure(limits: LaneLimits, clock: Clock): void {
    const nowMs = clock.now();
    const tokens = this.#isUnbounded
      ? Number.POSITIVE_INFINITY
      : burstOf(this.limits) - Math.max(0, this.#fullAtMs - nowMs) / intervalMs(this.limits);
    this.limits = limits;
    if (this.#isUnbounded) return;
    this.#fullAtMs = nowMs + Math.max(0, burstOf(limits) - tokens) * intervalMs(limits);
  }

  isOpen(clock: Clock): boolean {
    return this.running < this.limits.maxRunning && this.hasToken(clock);
  }

  hasToken(clock: Clock): boolean {
    return this.#isUnbounded || clock.now() >= this.tokenAtMs;
  }

  takeToken(clock: Clock): void {
    if (this.#isUnbounded) return;
    this.#fullAtMs = Math.max(this.#fullAtMs, clock.now()) + intervalMs(this.limits);
  }

  /** Puts a token back that was taken for a task which never started. */
  returnToken(): void {
    if (!this.#isUnbounded) this.#fullAtMs -= intervalMs(this.limits);
  }

  /** When there is a token, as a reading of the clock. */
  get tokenAtMs(): number {
    return this.#fullAtMs - (burstOf(this.limits) - 1) * intervalMs(this.limits);
  }

  get #isUnbounded(): boolean {
    return this.limits.startsPerSecond === Number.POSITIVE_INFINITY;
  }
}

/** How many tasks may start at one instant: what the rate allows in a second, and one at the least. */
function burstOf(limits: LaneLimits): number {
  return Math.max(1, limits.startsPerSecond);
}

/** The time that one token takes to grow. */
function intervalMs(limits: LaneLimits): number {
  return 1_000 / limits.startsPerSecond;
}

/** Whose first ticket goes first. A lane without tickets goes last. */
export function laneGoesBefore(a: Lane, b: Lane): boolean {
  const { first: ofA } = a.queue;
  const { first: ofB } = b.queue;
  return ofA !== undefined && (ofB === undefined || ticketGoesBefore(ofA, ofB));
}

function ticketGoesBefore(a: Ticket, b: Ticket): boolean {
  return a.rank < b.rank || (a.rank === b.rank && a.order < b.order);
}
