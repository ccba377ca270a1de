import { channel } from "node:diagnostics_channel";
import type { Channel } from "node:diagnostics_channel";
import type { EventKind, LifecycleEvent } from "./lifecycle-event.ts";

const spawned = channel("taskscope:task:spawned");
const started = channel("taskscope:task:started");
const restarted = channel("taskscope:task:restarted");
const ended = channel("taskscope:task:ended");
const lost = channel("taskscope:task:lost");
const stuck = channel("taskscope:task:stuck");
const breaker = channel("taskscope:breaker:changed");

const channelOf: Partial<Readonly<Record<EventKind, Channel>>> = {
  spawned,
  started,
  restarting: restarted,
  completed: ended,
  failed: ended,
  cancelled: ended,
  lost,
  stuck,
  breaker,
};

/** Whether anybody in the process listens on a channel of events. Costs a few comparisons and is never cached. */
export function channelsAreListenedTo(): boolean {
  return (
    spawned.hasSubscribers ||
    started.hasSubscribers ||
    ended.hasSubscribers ||
    restarted.hasSubscribers ||
    lost.hasSubscribers ||
    stuck.hasSubscribers ||
    breaker.hasSubscribers
  );
}

/** The same for events of one kind: whoever listens for lost tasks does not make every task dearer. */
export function channelIsListenedTo(kind: EventKind): boolean {
  // What every task has first, and without a look-up.
  switch (kind) {
    case "spawned":
      return spawned.hasSubscribers;
    case "started":
      return started.hasSubscribers;
    case "completed":
      return ended.hasSubscribers;
    default:
      return channelOf[kind]?.hasSubscribers === true;
  }
}

/** The same for a task that starts at once. Without a look-up: every task asks. */
export function beginIsListenedTo(): boolean {
  return spawned.hasSubscribers || started.hasSubscribers;
}

/** The same for the end of a task. */
export function endIsListenedTo(): boolean {
  return ended.hasSubscribers;
}

/**
 * Publishes an event on the channel of its kind, if it has one and somebody listens: synchronously, where it happens, in
 * the async context of that place. Never throws: what a subscriber of a channel throws, Node raises as an
 * `uncaughtException` on the next tick. That is Node's documented behaviour, and is kept.
 */
export function publishOnChannel(event: LifecycleEvent): void {
  const found = channelOf[event.kind];
  if (found?.hasSubscribers === true) found.publish(event);
}

/**
 * What the subscribers of the tracing channel `taskscope:task` get: one object for all events of one call, so that they
 * may use it as a key, or put something of their own on it.
 */
export interface TaskTrace {
  readonly id: number;
  readonly name: string;
  readonly type: string;
  readonly attempt: number;
  readonly parentId: number | undefined;
  readonly managed: boolean;
  /** What the body gave, from `end` on, or, where that is a promise, what it was fulfilled with, from `asyncStart` on. */
  result?: unknown;
  /** What it threw, or its promise was rejected with, from `error` on. */
  error?: unknown;
}

/** The channels `tracing:taskscope:task:*`, as `node:diagnostics_channel` makes them for a tracing channel. */
export const taskTracing: {
  readonly start: Channel<unknown, TaskTrace>;
  readonly end: Channel<unknown, TaskTrace>;
  readonly asyncStart: Channel<unknown, TaskTrace>;
  readonly asyncEnd: Channel<unknown, TaskTrace>;
  readonly error: Channel<unknown, TaskTrace>;
} = {
  start: channel("tracing:taskscope:task:start") as Channel<unknown, TaskTrace>,
  end: channel("tracing:taskscope:task:end") as Channel<unknown, TaskTrace>,
  asyncStart: channel("tracing:taskscope:task:asyncStart") as Channel<unknown, TaskTrace>,
  asyncEnd: channel("tracing:taskscope:task:asyncEnd") as Channel<unknown, TaskTrace>,
  error: channel("tracing:taskscope:task:error") as Channel<unknown, TaskTrace>,
};

const { start, end, asyncStart, asyncEnd, error } = taskTracing;

/** Whether anybody in the process traces tasks. */
export function tasksAreTraced(): boolean {
  return (
    start.hasSubscribers ||
    end.hasSubscribers ||
    asyncStart.hasSubscribers ||
    asyncEnd.hasSubscribers ||
    error.hasSubscribers
  );
}
