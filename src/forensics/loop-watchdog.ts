import { AsyncResource } from "node:async_hooks";
import { runningTask } from "../plugin/index.ts";
import type { EventSubject, HookTask } from "../plugin/index.ts";
import { sharesOf } from "./loop-block.ts";
import type { BlockSample, BlockShare } from "./loop-block.ts";
import { cells } from "./watchdog-program.ts";
import { WatchdogThread } from "./watchdog-thread.ts";

/** Who wants to know of blocks. None of its functions may throw. */
export interface LoopWatcher {
  /** How long the loop must have been blocked, in milliseconds, for it to be told. */
  readonly thresholdMs: number;
  /**
   * What there is to say of a task, if it is the watcher's. Called while the main thread stands still in the midst of what
   * blocks it: it may read, and nothing else.
   */
  subjectOf(task: HookTask): EventSubject | undefined;
  /** Called when the loop goes on, with the share of a task of the watcher's. The oldest one is told of what is nobody's. */
  blocked(share: BlockShare<Holder>): void;
  /** Called at most once a reason: why tasks and stacks are not known from here on, or while that lasts. */
  unavailable(why: string): void;
}

/** A task that was found, and whose it is. */
export interface Holder {
  readonly watcher: LoopWatcher;
  readonly subject: EventSubject;
}

/** A block is seen when the heart beats late: one that began just after a beat shows shorter by this at the most. */
const PERIOD_MS = 20;
/** The first look comes when this much of the threshold has passed, so that it is not too late for blocks just above it. */
const FIRST_LOOK = 0.75;
/** Looks of one block that are kept: its length doubles between them. */
const MAX_SAMPLES = 16;

/** Where the package was loaded: a heart that beats for all must not belong to the task in which a tracker was made. */
const outside = new AsyncResource("taskscope:forensics");

/** Watches the event loop of the main thread while anybody wants it, with one heart and one thread for all. */
export class LoopWatchdog {
  readonly #slotName: string;
  readonly #watchers = new Set<LoopWatcher>();
  readonly #memory = new SharedArrayBuffer(cells.count * BigInt64Array.BYTES_PER_ELEMENT);
  readonly #shared = new BigInt64Array(this.#memory);
  #timer: NodeJS.Timeout | undefined;
  #thread: WatchdogThread | undefined;
  #whyUnavailable: string | undefined;
  #hasMetDebugger = false;
  #shortestMs = Number.POSITIVE_INFINITY;
  #beatNs = 0n;
  #beat = 0n;
  #samples: BlockSample<Holder>[] = [];

  /** `slotName` describes the registered symbol under which this object is found from the watchdog's thread. */
  constructor(slotName: string) {
    this.#slotName = slotName;
  }

  /** Starts with the first who watches. Gives a function that ends it with the last, and settles when all has gone. */
  watch(watcher: LoopWatcher): () => Promise<void> {
    this.#watchers.add(watcher);
    this.#setThreshold();
    if (this.#watchers.size === 1) outside.runInAsyncScope(() => this.#start());
    else if (this.#whyUnavailable !== undefined) watcher.unavailable(this.#whyUnavailable);
    return async () => {
      if (!this.#watchers.delete(watcher)) return;
      if (this.#watchers.size > 0) this.#setThreshold();
      else await this.#stop();
    };
  }

  /** Settles when the thread watches, or never will. */
  async ready(): Promise<void> {
    await this.#thread?.ready;
  }

  /** Called by the watchdog's thread while the main thread stands still for it. A look at a block that is over is ignored. */
  note(beat: bigint, precise: boolean, stack: string): void {
    if (beat !== this.#beat || this.#samples.length >= MAX_SAMPLES) return;
    // No code of the user's is called here, and no task is changed: this may be the midst of anything.
    const task = runningTask();
    const holder = this.#holderOf(task);
    this.#samples.push({ atMs: this.#lateMs(), taskId: task?.id ?? 0, holder, precise, stack });
  }

  /** Whose task that is, or the innermost of those around it. */
  #holderOf(innermost: HookTask | undefined): Holder | undefined {
    for (let task = innermost; task !== undefined; task = task.parentTask) {
      for (const watcher of this.#watchers) {
        const subject = watcher.subjectOf(task);
        if (subject !== undefined) return { watcher, subject };
      }
    }
    return undefined;
  }

  #start(): void {
    this.#whyUnavailable = whyNoLook();
    this.#hasMetDebugger = false;
    this.#beatNs = process.hrtime.bigint();
    this.#store();
    this.#timer = setInterval(() => this.#wake(), PERIOD_MS).unref();
    if (this.#whyUnavailable !== undefined) {
      this.#tellUnavailable(this.#whyUnavailable);
      return;
    }
    try {
      const thread = new WatchdogThread(this.#memory, PERIOD_MS, this.#slotName, (why) => {
        if (thread === this.#thread) this.#giveUp(why);
      });
      this.#thread = thread;
    } catch (error) {
      this.#giveUp(String(error));
    }
  }

  async #stop(): Promise<void> {
    clearInterval(this.#timer);
    const thread = this.#thread;
    this.#thread = undefined;
    Atomics.store(this.#shared, cells.mayPause, 0n);
    await thread?.close();
  }

  #wake(): void {
    const blockedMs = this.#lateMs();
    const samples = this.#samples;
    if (samples.length > 0) this.#samples = [];
    this.#beat += 1n;
    this.#beatNs = process.hrtime.bigint();
    this.#store();
    if (blockedMs >= this.#shortestMs) this.#tell(blockedMs, samples);
  }

  #tell(blockedMs: number, samples: readonly BlockSample<Holder>[]): void {
    const told = [...this.#watchers].filter(({ thresholdMs }) => blockedMs >= thresholdMs);
    for (const share of sharesOf(blockedMs, samples)) {
      const watcher = share.holder === undefined ? told[0] : share.holder.watcher;
      if (watcher !== undefined && told.includes(watcher)) watcher.blocked(share);
    }
  }

  #lateMs(): number {
    return Number(process.hrtime.bigint() - this.#beatNs) / 1e6 - PERIOD_MS;
  }

  #store(): void {
    Atomics.store(this.#shared, cells.beatNs, this.#beatNs);
    Atomics.store(this.#shared, cells.beat, this.#beat);
    Atomics.store(this.#shared, cells.mayPause, this.#mayPause() ? 1n : 0n);
  }

  /** Not while a debugger may be there: two of them would end each other's pauses. */
  #mayPause(): boolean {
    if (this.#whyUnavailable !== undefined) return false;
    if (process.getBuiltinModule("node:inspector").url() === undefined) return true;
    if (!this.#hasMetDebugger) {
      this.#hasMetDebugger = true;
      this.#tellUnavailable("the inspector is open to debuggers");
    }
    return false;
  }

  #setThreshold(): void {
    this.#shortestMs = Math.min(...Array.from(this.#watchers, ({ thresholdMs }) => thresholdMs));
    const firstLookUs = Math.round(this.#shortestMs * FIRST_LOOK * 1_000);
    Atomics.store(this.#shared, cells.firstLookUs, BigInt(firstLookUs));
    this.#thread?.lookSooner();
  }

  #giveUp(why: string): void {
    if (this.#whyUnavailable !== undefined) return;
    this.#whyUnavailable = why;
    Atomics.store(this.#shared, cells.mayPause, 0n);
    this.#tellUnavailable(why);
  }

  #tellUnavailable(why: string): void {
    for (const watcher of this.#watchers) watcher.unavailable(why);
  }
}

/** Why the main thread cannot be looked at in this process, as far as that can be known beforehand. */
function whyNoLook(): string | undefined {
  if (!process.features.inspector) return "this build of Node has no inspector";
  // Under Node's permission model there is no inspector either, and to ask for it aborts the process.
  const { permission } = process as { permission?: object };
  return permission === undefined ? undefined : "Node's permission model is on";
}
