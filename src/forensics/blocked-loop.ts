import { isMainThread } from "node:worker_threads";
import type { EventSubject, HookTask, Plugin, PluginContext, Teardown } from "../plugin/index.ts";
import { readBlockedLoopOptions } from "./blocked-loop-options.ts";
import type { BlockedLoopOptions, ResolvedBlockedLoopOptions } from "./blocked-loop-options.ts";
import { BlockedTimes, labelsOf, NO_TASK, UNKNOWN_TASK } from "./blocked-times.ts";
import type { BlockShare } from "./loop-block.ts";
import type { Holder, LoopWatcher } from "./loop-watchdog.ts";
import { sharedWatchdog } from "./process-slot.ts";

/**
 * Says which task held the event loop, for how long, and where: the metric `taskscope_event_loop_blocked_seconds_total`, and
 * an event `blocked` with the call stack for each block. A thread of its own, one for all trackers, watches the main thread by
 * its heartbeat; when that is late it pauses the main thread by V8's debugger for as long as it takes to read the call stack.
 * Nothing of the code that is watched is changed, and an `await` costs what it did.
 *
 * Watches the real loop by the machine's clock, whatever the tracker's. Only the main thread is watched. Where it cannot look
 * (no inspector, no right to make a thread, a debugger that may be attached), blocks are counted as `__unknown__`, and `diag`
 * is told once.
 *
 * ```ts
 * const tasks = createTracker({ plugins: [blockedLoop({ thresholdMs: 100 })] });
 * ```
 */
export function blockedLoop(options: BlockedLoopOptions = {}): Plugin {
  return new BlockedLoop(readBlockedLoopOptions(options));
}

class BlockedLoop implements Plugin {
  readonly name = "blocked-loop";
  readonly #options: ResolvedBlockedLoopOptions;

  constructor(options: ResolvedBlockedLoopOptions) {
    this.#options = options;
  }

  setup(context: PluginContext): Teardown | undefined {
    if (!isMainThread) {
      context.diag.warn("blockedLoop() watches the main thread only: in this worker thread it does nothing");
      return undefined;
    }
    const watcher = new TrackerWatcher(context, this.#options);
    context.contributeMetrics(() => watcher.times.readings());
    return sharedWatchdog().watch(watcher);
  }

  async start(): Promise<void> {
    if (isMainThread) await sharedWatchdog().ready();
  }
}

/** One tracker's part: its numbers and its events. */
class TrackerWatcher implements LoopWatcher {
  readonly thresholdMs: number;
  readonly times: BlockedTimes = new BlockedTimes();
  readonly #context: PluginContext;
  readonly #stacks: boolean;
  readonly #told = new Set<string>();

  constructor(context: PluginContext, { thresholdMs, stacks }: ResolvedBlockedLoopOptions) {
    this.#context = context;
    this.thresholdMs = thresholdMs;
    this.#stacks = stacks;
    this.times.expectTimesOfNobody();
  }

  subjectOf(task: HookTask): EventSubject | undefined {
    return this.#context.subject(task);
  }

  blocked({ holder, blockedMs, precise, stack, isKnown }: BlockShare<Holder>): void {
    const fields = { blockedMs, precise, stack: this.#stacks ? stack : undefined };
    if (holder !== undefined) {
      this.times.add(holder.subject.labels, blockedMs);
      holder.subject.publish("blocked", fields);
      return;
    }
    const nobody = isKnown ? NO_TASK : UNKNOWN_TASK;
    this.times.add(labelsOf(nobody), blockedMs);
    this.#context.publish("blocked", nobody, fields);
  }

  unavailable(why: string): void {
    if (this.#told.has(why)) return;
    this.#told.add(why);
    this.#context.diag.warn(
      `blockedLoop() cannot see which task blocks the event loop, only for how long: ${why}`,
    );
  }
}
