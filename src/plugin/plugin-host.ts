import { InvalidOptionError } from "../errors/index.ts";
import type { Clock, Diag } from "../internal/index.ts";
import type { AroundAttemptHook, EndHook, HookEnd, HookTask, TaskHook } from "./hooks.ts";
import type { PluginContext } from "./plugin-context.ts";
import type { Plugin, Teardown } from "./plugin.ts";

/** How often trouble with one plugin is reported. */
const REPORT_EVERY_MS = 60_000;

interface Owned<H> {
  readonly owner: Installed;
  readonly hook: H;
}

interface Installed {
  readonly plugin: Plugin;
  readonly controller: AbortController;
  teardown: Teardown | undefined;
  started: Promise<void>;
  removal: Promise<void> | undefined;
}

/** The part of a {@link PluginContext} that is the tracker's own to give. */
export type TrackerView = Pick<
  PluginContext,
  "prefix" | "version" | "diag" | "stats" | "tasks" | "slot" | "provideCarrier" | "track" | "cancel"
>;

/** Holds the plugins of one tracker, calls their hooks, and keeps their trouble away from the tasks. */
export class PluginHost {
  /** Whether hooks of a kind stand: plain fields, which the hot path asks before it makes what hooks are given. */
  hasSpawnHooks = false;
  hasStartHooks = false;
  hasAroundHooks = false;
  hasEndHooks = false;
  readonly #clock: Clock;
  readonly #diag: Diag;
  readonly #installed: Installed[] = [];
  readonly #errors = new Map<string, number>();
  readonly #reportedAtMs = new Map<string, number>();
  #spawnHooks: readonly Owned<TaskHook>[] = [];
  #startHooks: readonly Owned<TaskHook>[] = [];
  #aroundHooks: readonly Owned<AroundAttemptHook>[] = [];
  #endHooks: readonly Owned<EndHook>[] = [];

  constructor(clock: Clock, diag: Diag) {
    this.#clock = clock;
    this.#diag = diag;
  }

  /** Caught throws by plugin, those that never threw at 0. */
  get errors(): ReadonlyMap<string, number> {
    return this.#errors;
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
      teardown: undefined,
      started: Promise.resolve(),
      removal: undefined,
    };
    this.#installed.push(installed);
    if (!this.#errors.has(plugin.name)) this.#errors.set(plugin.name, 0);
    try {
      installed.teardown = plugin.setup(this.#contextFor(installed, view)) ?? undefined;
    } catch (error) {
      this.#takeOff(installed);
      throw error;
    }
    return () => this.#remove(installed);
  }

  /** Starts plugins that have not been started, in order. Rejects with what the first failing one rejects with. */
  async start(): Promise<void> {
    for (const { plugin } of this.#installed.slice()) await plugin.start?.();
  }

  /** Takes all plugins off in reverse order, each teardown bounded by `boundMs`. Never rejects. */
  async shutdown(boundMs: number): Promise<void> {
    for (const installed of this.#installed.toReversed())
      await this.#bounded(this.#remove(installed), installed, boundMs);
  }

  spawned(task: HookTask): void {
    for (const { owner, hook } of this.#spawnHooks) {
      try {
        hook(task);
      } catch (error) {
        this.#caught(owner.plugin.name, "onSpawn", error);
      }
    }
  }

  started(task: HookTask): void {
    for (const { owner, hook } of this.#startHooks) {
      try {
        hook(task);
      } catch (error) {
        this.#caught(owner.plugin.name, "onStart", error);
      }
    }
  }

  ended(task: HookTask, end: HookEnd): void {
    for (const { owner, hook } of this.#endHooks) {
      try {
        hook(task, end);
      } catch (error) {
        this.#caught(owner.plugin.name, "onEnd", error);
      }
    }
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
    for (const { owner, hook } of this.#aroundHooks.toReversed()) {
      const runNext = runInner;
      runInner = () => {
        try {
          hook(task, runNext);
        } catch (error) {
          this.#caught(owner.plugin.name, "aroundAttempt", error);
        }
      };
    }
    runInner();
    runBody();
  }

  #contextFor(owner: Installed, view: TrackerView): PluginContext {
    return {
      prefix: view.prefix,
      version: view.version,
      diag: view.diag,
      signal: owner.controller.signal,
      stats: view.stats,
      tasks: view.tasks,
      slot: view.slot,
      provideCarrier: view.provideCarrier,
      track: view.track,
      cancel: view.cancel,
      onSpawn: (hook) => {
        this.#spawnHooks = [...this.#spawnHooks, { owner, hook }];
        this.#refresh();
      },
      onStart: (hook) => {
        this.#startHooks = [...this.#startHooks, { owner, hook }];
        this.#refresh();
      },
      aroundAttempt: (hook) => {
        this.#aroundHooks = [...this.#aroundHooks, { owner, hook }];
        this.#refresh();
      },
      onEnd: (hook) => {
        this.#endHooks = [...this.#endHooks, { owner, hook }];
        this.#refresh();
      },
    };
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
      this.#caught(installed.plugin.name, "teardown", error);
    }
  }

  #takeOff(installed: Installed): void {
    const index = this.#installed.indexOf(installed);
    if (index >= 0) this.#installed.splice(index, 1);
    const others = <H>({ owner }: Owned<H>): boolean => owner !== installed;
    this.#spawnHooks = this.#spawnHooks.filter(others);
    this.#startHooks = this.#startHooks.filter(others);
    this.#aroundHooks = this.#aroundHooks.filter(others);
    this.#endHooks = this.#endHooks.filter(others);
    this.#refresh();
  }

  #refresh(): void {
    this.hasSpawnHooks = this.#spawnHooks.length > 0;
    this.hasStartHooks = this.#startHooks.length > 0;
    this.hasAroundHooks = this.#aroundHooks.length > 0;
    this.hasEndHooks = this.#endHooks.length > 0;
  }

  #caught(plugin: string, where: string, error: unknown): void {
    this.#errors.set(plugin, (this.#errors.get(plugin) ?? 0) + 1);
    const nowMs = this.#clock.now();
    const lastMs = this.#reportedAtMs.get(plugin);
    if (lastMs !== undefined && nowMs - lastMs < REPORT_EVERY_MS) return;
    this.#reportedAtMs.set(plugin, nowMs);
    this.#diag.warn(`Plugin ${plugin} threw in ${where}; tasks are not affected`, error);
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
