import { IndexedHeap } from "../internal/index.ts";
import type { Clock, DeadlineQueue } from "../internal/index.ts";
import { Lane, laneGoesBefore } from "./lane.ts";
import type { LaneLimits, Ticket } from "./lane.ts";

/** What may run at once, how fast it may start, and how many may wait. `Infinity` stands for no bound. */
export interface AdmissionLimits {
  readonly maxRunning: number;
  readonly maxQueued: number;
  /** How many may be alive. Not the admission's own: whoever admits counts them. */
  readonly maxTracked: number;
  readonly maxUnresponsive: number;
  /** How much waiting, in milliseconds, outweighs one level of priority. */
  readonly ageingMs: number;
}

/** The lane of all types that have no limits of their own. */
export const COMMON_LANE = "";

/**
 * Gives out slots. There is one at once where a total slot, a slot of the lane and a start within the rate of the lane
 * are free and nobody in the lane waits; else the task waits, or is refused when too many wait already.
 *
 * Who goes first: higher priority, then who has waited longer; and waiting counts as priority (`ageingMs` a level), so
 * that nobody waits for ever. As all age alike, the order of two waiting tickets never changes: each has a fixed rank.
 */
export class Admission {
  readonly #clock: Clock;
  readonly #deadlines: DeadlineQueue;
  readonly #lanes = new Map<string, Lane>();
  /** The lane that was asked for last: the same one is, nearly always. */
  #lastLane: Lane | undefined = undefined;
  /** Lanes whose first ticket could start if a total slot were free, the one whose turn it is first. */
  readonly #ready = new IndexedHeap<Lane>(laneGoesBefore);
  #limits: AdmissionLimits;
  #limitsOf: (lane: string) => LaneLimits;
  #generation = 0;
  #running = 0;
  #waiting = 0;
  #order = 0;

  /** `deadlines` must keep the process running: a ticket that waits for its rate is work that was asked for. */
  constructor(
    clock: Clock,
    deadlines: DeadlineQueue,
    limits: AdmissionLimits,
    limitsOf: (lane: string) => LaneLimits,
  ) {
    this.#clock = clock;
    this.#deadlines = deadlines;
    this.#limits = limits;
    this.#limitsOf = limitsOf;
  }

  /** Rises when limits change: a start that counted against an older rate is not given back to a newer one. */
  get generation(): number {
    return this.#generation;
  }

  /** How many wait. */
  get waiting(): number {
    return this.#waiting;
  }

  /** Takes a slot if there is one now. It must be given back by {@link release}. */
  tryTake(laneName: string): boolean {
    const lane = this.#laneOf(laneName);
    if (lane.queue.size > 0 || this.#running >= this.#limits.maxRunning || !lane.isOpen(this.#clock))
      return false;
    this.#take(lane);
    return true;
  }

  /** Why a task that got no slot may not wait for one either; `undefined` when it may. */
  refusal(laneName: string): "limit" | "queue_full" | "rate" | undefined {
    if (this.#waiting < this.#limits.maxQueued) return undefined;
    const lane = this.#laneOf(laneName);
    const hasSlot = this.#running < this.#limits.maxRunning && lane.running < lane.limits.maxRunning;
    if (hasSlot && !lane.hasToken(this.#clock)) return "rate";
    return this.#limits.maxQueued === 0 ? "limit" : "queue_full";
  }

  /** The rank of a task that begins to wait now: the smaller goes first. */
  rankOf(priority: number): number {
    return this.#clock.now() - priority * this.#limits.ageingMs;
  }

  /** Joins the queue, however long it is. */
  wait(ticket: Ticket): void {
    ticket.rank = this.rankOf(ticket.priority);
    ticket.order = this.#order++;
    this.rejoin(ticket);
  }

  /** Joins the queue again, in the place that the ticket had: after its lane has changed. */
  rejoin(ticket: Ticket): void {
    const lane = this.#laneOf(ticket.lane);
    this.#waiting += 1;
    // A lane's place depends on its first ticket: it must not change while the lane is in the heap.
    this.#ready.remove(lane);
    lane.queue.add(ticket);
    this.#settle(lane);
  }

  /** Takes a ticket out of the queue. Gives whether it was there. */
  withdraw(ticket: Ticket): boolean {
    const lane = this.#lanes.get(ticket.lane);
    if (lane === undefined || !lane.queue.remove(ticket)) return false;
    this.#waiting -= 1;
    this.#settle(lane);
    return true;
  }

  /** Counts a slot that is taken for another lane. The other lane may be beyond its limit then. */
  moveSlot(from: string, to: string): void {
    const [laneFrom, laneTo] = [this.#laneOf(from), this.#laneOf(to)];
    laneFrom.running -= 1;
    laneTo.running += 1;
    this.#settle(laneFrom);
    this.#settle(laneTo);
    this.#grant();
  }

  /** Gives a slot back; whoever's turn it is gets it. `wasUsed` false: nothing started, so the start is given back too. */
  release(laneName: string, wasUsed: boolean): void {
    const lane = this.#laneOf(laneName);
    if (!wasUsed) lane.returnToken();
    lane.running -= 1;
    this.#running -= 1;
    if (this.#waiting === 0) return;
    this.#settle(lane);
    this.#grant();
  }

  /** New limits: they hold for the next decision. What runs beyond them is left alone. */
  configure(limits: AdmissionLimits, limitsOf: (lane: string) => LaneLimits): void {
    this.#generation += 1;
    this.#limits = limits;
    this.#limitsOf = limitsOf;
    for (const lane of this.#lanes.values()) {
      lane.configure(limitsOf(lane.name), this.#clock);
      // What waits for the old rate is not to wait for it any longer.
      this.#deadlines.remove(lane.tokenDue);
      this.#settle(lane);
    }
    this.#grant();
  }

  /** How near a limit is, from 0 to 1: the greatest share taken of a slot limit or of the queue. */
  pressure(laneName?: string): number {
    const shares = [this.#running / this.#limits.maxRunning];
    if (this.#limits.maxQueued > 0) shares.push(this.#waiting / this.#limits.maxQueued);
    for (const lane of this.#lanes.values()) {
      if (laneName === undefined || lane.name === laneName)
        shares.push(lane.running / lane.limits.maxRunning);
    }
    return Math.min(1, Math.max(...shares));
  }

  #laneOf(name: string): Lane {
    const last = this.#lastLane;
    return last !== undefined && last.name === name ? last : (this.#lastLane = this.#findLane(name));
  }

  #findLane(name: string): Lane {
    let lane = this.#lanes.get(name);
    if (lane === undefined) {
      lane = new Lane(name, this.#limitsOf(name), (due) => this.#onToken(due));
      this.#lanes.set(name, lane);
    }
    return lane;
  }

  #take(lane: Lane): void {
    lane.running += 1;
    lane.takeToken(this.#clock);
    this.#running += 1;
  }

  /** Puts a lane where it belongs: ready, waiting for its rate, or neither. */
  #settle(lane: Lane): void {
    this.#ready.remove(lane);
    if (lane.queue.size === 0 || lane.running >= lane.limits.maxRunning) {
      this.#deadlines.remove(lane.tokenDue);
      return;
    }
    if (lane.hasToken(this.#clock)) {
      this.#deadlines.remove(lane.tokenDue);
      this.#ready.add(lane);
    } else if (lane.tokenDue.heapIndex < 0) {
      lane.tokenDue.dueMs = lane.tokenAtMs;
      this.#deadlines.add(lane.tokenDue);
    }
  }

  #onToken(lane: Lane): void {
    this.#settle(lane);
    this.#grant();
  }

  #grant(): void {
    while (this.#running < this.#limits.maxRunning) {
      const lane = this.#ready.first;
      const ticket = lane?.queue.first;
      if (lane === undefined || ticket === undefined) return;
      this.#ready.remove(lane);
      lane.queue.remove(ticket);
      this.#waiting -= 1;
      this.#take(lane);
      this.#settle(lane);
      ticket.onGranted();
    }
  }
}
