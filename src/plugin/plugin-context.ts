import type { EventFields, OnEvent, PluginEventKind, SubscribeOptions } from "../events/index.ts";
import type { Clock, Diag } from "../internal/index.ts";
import type { StatsSnapshot } from "../stats/index.ts";
import type { TaskInfo } from "../task/index.ts";
import type { AdmitHook } from "./admission.ts";
import type { ReadMetrics } from "./contributed-metrics.ts";
import type { ReadStats } from "./contributed-stats.ts";
import type {
  AroundAttemptHook,
  AttemptEndHook,
  EndHook,
  EventHook,
  HookTask,
  ReadTrace,
  TaskHook,
} from "./hooks.ts";
import type { EventSubject } from "./event-subject.ts";
import type { TaskCarrier } from "./task-carrier.ts";
import type { TaskControl } from "./task-control.ts";
import type { TaskSlot } from "./task-slot.ts";

/** What a plugin sees of a tracker: enough to read it, hear it and act on it, and no more. */
export interface PluginContext {
  /** The prefix of metric names, without the underscore that follows it. */
  readonly prefix: string;
  /** The version of taskscope. */
  readonly version: string;
  /** Tells this tracker from every other, in this process and outside. Says nothing else. */
  readonly trackerId: string;
  /** Where the tracker gets its time from; a plugin's timers belong on it too. */
  readonly clock: Clock;
  /** For trouble of the plugin's own. */
  readonly diag: Diag;
  /** Aborted when the plugin is removed or the tracker has shut down. */
  readonly signal: AbortSignal;

  /**
   * Every number the tracker counts, at this instant, and what plugins add to them. A pure read: two readers see the same.
   * The first one makes the delay of the event loop be measured, from then on.
   */
  stats(): StatsSnapshot;
  /** The live tasks, oldest first. Costs in proportion to how many there are. */
  tasks(): TaskInfo[];

  /**
   * Adds numbers of the plugin's own to those of the tracker: rows that the catalogue keeps for plugins, at most 1,000
   * readings. Called for each snapshot; one that does not fit its row ends what the plugin contributes to it.
   */
  contributeMetrics(read: ReadMetrics): void;
  /**
   * Adds the numbers of trackers elsewhere to those of this one, for all who read `stats()` here: merged series by series,
   * by the rules of the catalogue. Called for each snapshot; what throws contributes nothing. Inside it, `stats()` gives
   * this tracker's own numbers alone.
   */
  contributeStats(read: ReadStats): void;

  /** Asked before a managed task is made: see {@link AdmitHook}. Observed tasks are never asked for. */
  onAdmit(hook: AdmitHook): void;
  /**
   * Called when a task has been accepted: it is queued, or about to start in this very call. Gives a function that takes the
   * hook off: every task pays for one that has nothing to do.
   */
  onSpawn(hook: TaskHook): () => void;
  /** Called when an attempt is about to start. */
  onStart(hook: TaskHook): void;
  /** Called around the synchronous part of a body; what it makes current (a context) is current in the body. */
  aroundAttempt(hook: AroundAttemptHook): void;
  /** Called when an attempt has ended and another one follows; the last attempt's end is the task's. */
  onAttemptEnd(hook: AttemptEndHook): void;
  /** Called when a task has ended, after the numbers have changed and before the caller hears of it. */
  onEnd(hook: EndHook): void;

  /**
   * Hands every event from here on to `onEvent`, later and in order, through a bounded queue: `Tracker.subscribe`, ended
   * when the plugin is removed, without what waits then. Gives a function that ends it before that. What happens inside
   * the tracked call, and reliably, is for hooks; what may take its time is for this.
   */
  subscribe(options: SubscribeOptions, onEvent: OnEvent): () => void;
  /** Announces what is about no task, as an event of the tracker. `name` says what it is about; it is bounded. */
  publish<Kind extends PluginEventKind>(kind: Kind, name: string, fields: EventFields<Kind>): void;

  /**
   * Takes down what is said of a task of this tracker, for an event that is announced later. `undefined` for a task of another
   * tracker: `runningTask`, which a plugin may be called in, knows those of all. Reads, and changes nothing.
   */
  subject(task: HookTask): EventSubject | undefined;

  /** Called when a live task reports progress or an event of its own: never after its end. */
  onEvent(hook: EventHook): void;

  /**
   * Names the recorded trace that shows what a task has added to a histogram: from `onEnd` its duration, from `onStart` the
   * spawn latency of a managed task's first attempt. A bucket keeps one, and replaces it once a second at the most, so that it
   * costs little memory and time. Ids are those of W3C Trace Context, in lowercase hexadecimal; others, and tasks that have added nothing,
   * are ignored.
   */
  exemplify(task: HookTask, traceId: string, spanId: string): void;

  /**
   * Says which span shows a task, for the `trace` of its events. Asked when an event is published, so it must be quick; the first
   * plugin that has an answer gives it.
   */
  provideTrace(read: ReadTrace): void;

  /** A place on every task for a value of the plugin's own; dropped when the task has ended. */
  slot<T>(): TaskSlot<T>;
  /**
   * Offers to carry the current task in a context of the plugin's, so that no second store is needed. Gives false,
   * and changes nothing, when the tracker has a carrier already or wants none (`context: false`).
   */
  provideCarrier(carrier: TaskCarrier): boolean;

  /** Brings in a promise that already runs, as an observed task. */
  track(name: string, promise: PromiseLike<unknown>): void;
  /** For plugins that act for a user: pages and trees of tasks, cancellation. */
  readonly control: TaskControl;
}
