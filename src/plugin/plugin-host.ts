import { randomUUID } from "node:crypto";
import { InvalidOptionError } from "../errors/index.ts";
import type { TraceIds } from "../events/index.ts";
import type { Clock, Diag } from "../internal/index.ts";
import type { MetricReading, StatsSnapshot } from "../stats/index.ts";
import { firstRefusal } from "./admission.ts";
import type { AdmissionRequest, AdmitHook, Refusal } from "./admission.ts";
import { collectReadings } from "./contributed-metrics.ts";
import type { ReadMetrics } from "./contributed-metrics.ts";
import { withContributedStats } from "./contributed-stats.ts";
import type { ReadStats } from "./contributed-stats.ts";
import { HookList } from "./hook-list.ts";
import type {
  AroundAttemptHook,
  AttemptEndHook,
  EndHook,
  EventHook,
  HookAttemptEnd,
  HookEnd,
  HookEvent,
  HookTask,
  ReadTrace,
  TaskHook,
} from "./hooks.ts";
import type { PluginContext } from "./plugin-context.ts";
import { PluginSubscriptions } from "./plugin-subscriptions.ts";
import { PluginTrouble } from "./plugin-trouble.ts";
import type { Plugin, Teardown } from "./plugin.ts";
import { checkedTrace } from "./trace-ids.ts";

interface Installed {
  readonly plugin: Plugin;
  readonly controller: AbortController;
  readonly subscriptions: PluginSubscriptions;
  teardown: Teardown | undefined;
  removal: Promise<void> | undefined;
}

/** The part of a {@link PluginContext} that is the tracker's own to give. */
export type TrackerView = Pick<
  PluginContext,
  | "prefix"
  | "version"
  | "diag"
  | "stats"
  | "tasks"
  | "exemplify"
  | "slot"
  | "provideCarrier"
  | "track"
  | "control"
  | "subscribe"
  | "publish"
  | "subject"
>;

/** Holds the plugins of one tracker, calls their hooks, and keeps their trouble away from the tasks. */
export class PluginHost {
  readonly spawnHooks: HookList<TaskHook>;
  readonly startHooks: HookList<TaskHook>;
  readonly aroundHooks: HookList<AroundAttemptHook>;
  readonly attemptEndHooks: HookList<AttemptEndHook>;
  readonly endHooks: HookList<EndHook>;
  readonly eventHooks: HookList<EventHook>;
  readonly #admitHooks: HookList<AdmitHook>;
  readonly #metricReads: HookList<ReadMetrics>;
  readonly #statsReads: HookList<ReadStats>;
  readonly #trackerId = randomUUID();
  readonly #traceReads: HookList<ReadTrace>;
  readonly #clock: Clock;
  readonly #diag: Diag;
  readonly #installed: Installed[] = [];
  readonly #trouble: PluginTrouble;
  #isMergingStats = false;

  constructor(clock: Clock, diag: Diag) {
    this.#clock = clock;
    this.#diag = diag;
    this.#trouble = new PluginTrouble(clock, diag);
    this.spawnHooks = new HookList("onSpawn", this.#trouble);
    this.startHooks = new HookList("onStart", this.#trouble);
    this.aroundHooks = new HookList("aroundAttempt", this.#trouble);
    this.attemptEndHooks = new HookList("onAttemptEnd", this.#trouble);
    this.endHooks = new HookList("onEnd", this.#trouble);
    this.eventHooks = new HookList("onEvent", this.#trouble);
    this.#admitHooks = new HookList("onAdmit", this.#trouble);
    this.#traceReads = new HookList("provideTrace", this.#trouble);
    this.#metricReads = new HookList("contributeMetrics", this.#trouble);
    this.#statsReads = new HookList("contributeStats", this.#trouble);
  }

  /** Caught throws by plugin, those that never threw at 0. */
  get errors(): ReadonlyMap<string, number> {
    return this.#trouble.errors;
  }

  /** Sets a plugin up. Gives a function that removes it again. Passes on what `setup` throws. */
  install(plugin: Plugin, view: TrackerView): () => Promise<void> {
    if (typeof plugin !== "object" || plugin === null || typeof plugin.setup !== "function") {
      throw new InvalidOptionError("plugins", plugin, "plugins: objects with a name and a setup function");
    }
    if (typeof plugin.name !== "string" || plugin.name === "") {
      throw new InvalidOptionError("plugins[].name", plugin.name, "a string that is not empty");
    }
    if (this.#installed.some((other) => other.plugin.name === plugin.name)) {
      throw new InvalidOptionError("plugins", plugin.name, "each plugin name once");
    }
    const installed: Installed = {
      plugin,
      controller: new AbortController(),
      subscriptions: new PluginSubscriptions(),
      teardown: undefined,
      removal: undefined,
    };
    this.#installed.push(installed);
    this.#trouble.expect(plugin.name);
    try {
      installed.teardown = plugin.setup(this.#contextFor(installed, view)) ?? undefined;
    } catch (error) {
      this.#takeOff(installed);
      throw error;
    }
    return () => this.#remove(installed);
  }

  /** Starts the plugins that are installed, in order. Rejects with what the first failing one rejects with. */
  async start(): Promise<void> {
    for (const { plugin } of this.#installed.slice()) await plugin.start?.();
  }

  /** Takes all plugins off in reverse order, each teardown bounded by `boundMs`. Never rejects. */
  async shutdown(boundMs: number): Promise<void> {
    for (const installed of this.#installed.toReversed())
      await this.#bounded(this.#remove(installed), installed, boundMs);
  }

  /** Asks whether a managed task may be made: gives the first refusal, if any. */
  refusalOf(request: AdmissionRequest): Refusal | undefined {
    if (this.#admitHooks.isEmpty) return undefined;
    return firstRefusal(this.#admitHooks.all, request, this.#trouble);
  }

  /** What plugins contribute to the numbers, at this instant. */
  readMetrics(): MetricReading[] {
    return collectReadings(this.#metricReads.all, this.#trouble);
  }

  /** The span that shows a task, if a plugin knows one. Never throws. */
  traceOf(task: HookTask): TraceIds | undefined {
    let trace: TraceIds | undefined;
    for (const owned of this.#traceReads.all) {
      if (trace === undefined) this.#traceReads.guard(owned, () => (trace = checkedTrace(owned.hook(task))));
    }
    return trace;
  }

  spawned(task: HookTask): void {
    this.spawnHooks.call(task, undefined);
  }

  started(task: HookTask): void {
    this.startHooks.call(task, undefined);
  }

  attemptEnded(task: HookTask, end: HookAttemptEnd): void {
    this.attemptEndHooks.call(task, end);
  }

  ended(task: HookTask, end: HookEnd): void {
    this.endHooks.call(task, end);
  }

  event(task: HookTask, event: HookEvent): void {
    this.eventHooks.call(task, event);
  }

  /** Runs `body` once inside all `aroundAttempt` hooks. `body` must not throw. */
  around(task: HookTask, body: () => void): void {
    let hasRun = false;
    let runInner = (): void => {
      if (hasRun) return;
      hasRun = true;
      body();
    };
    const runBody = runInner;
    for (const owned of this.aroundHooks.all.toReversed()) {
      const runNext = runInner;
      runInner = () => this.aroundHooks.guard(owned, () => owned.hook(task, runNext));
    }
    runInner();
    runBody();
  }

  #contextFor(owner: Installed, view: TrackerView): PluginContext {
    return {
      prefix: view.prefix,
      version: view.version,
      trackerId: this.#trackerId,
      clock: this.#clock,
      diag: view.diag,
      signal: owner.controller.signal,
      stats: () => this.#statsOf(view),
      tasks: view.tasks,
      exemplify: view.exemplify,
      slot: view.slot,
      provideCarrier: view.provideCarrier,
      track: view.track,
      control: view.control,
      publish: view.publish,
      subject: view.subject,
      subscribe: (options, onEvent) => owner.subscriptions.add(view.subscribe(options, onEvent)),
      onAdmit: (hook) => this.#admitHooks.add(owner, hook),
      contributeMetrics: (read) => this.#metricReads.add(owner, read),
      contributeStats: (read) => this.#statsReads.add(owner, read),
      provideTrace: (read) => this.#traceReads.add(owner, read),
      onSpawn: (hook) => this.spawnHooks.add(owner, hook),
      onStart: (hook) => this.startHooks.add(owner, hook),
      aroundAttempt: (hook) => this.aroundHooks.add(owner, hook),
      onAttemptEnd: (hook) => this.attemptEndHooks.add(owner, hook),
      onEnd: (hook) => this.endHooks.add(owner, hook),
      onEvent: (hook) => this.eventHooks.add(owner, hook),
    };
  }

  #statsOf(view: TrackerView): StatsSnapshot {
    if (this.#statsReads.isEmpty || this.#isMergingStats) return view.stats();
    this.#isMergingStats = true;
    try {
      return withContributedStats(view.stats(), this.#statsReads.all, this.#trouble);
    } finally {
      this.#isMergingStats = false;
    }
  }

  #remove(installed: Installed): Promise<void> {
    return (installed.removal ??= this.#tearDown(installed));
  }

  async #tearDown(installed: Installed): Promise<void> {
    this.#takeOff(installed);
    try {
      installed.controller.abort();
      await installed.teardown?.();
    } catch (error) {
      this.#trouble.caught(installed.plugin.name, "teardown", error);
    }
  }

  #takeOff(installed: Installed): void {
    const index = this.#installed.indexOf(installed);
    if (index >= 0) this.#installed.splice(index, 1);
    installed.subscriptions.endAll();
    this.spawnHooks.removeOf(installed);
    this.startHooks.removeOf(installed);
    this.aroundHooks.removeOf(installed);
    this.attemptEndHooks.removeOf(installed);
    this.endHooks.removeOf(installed);
    this.eventHooks.removeOf(installed);
    this.#admitHooks.removeOf(installed);
    this.#metricReads.removeOf(installed);
    this.#statsReads.removeOf(installed);
    this.#traceReads.removeOf(installed);
  }

  #bounded(removal: Promise<void>, installed: Installed, boundMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = this.#clock.setTimer(
        () => {
          this.#diag.warn(`Plugin ${installed.plugin.name} did not close within ${boundMs} ms`);
          resolve();
        },
        boundMs,
        true,
      );
      void removal.then(() => {
        timer.cancel();
        resolve();
      });
    });
  }
}
