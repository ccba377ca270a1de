import { createTracker } from "taskscope";
import type { LifecycleEvent, Plugin, PluginContext, Tracker, TrackerOptions } from "taskscope";
import { circuitBreakers } from "taskscope/opossum";
import type { ProtectOptions, TaskBreaker } from "taskscope/opossum";
import { ManualClock } from "taskscope/testing";
import { vi } from "vitest";

/** Takes over the timers that opossum sets; those of the event loop's own turns go on. */
export function useFakeTimers(): void {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "setInterval", "clearInterval", "Date"] });
}

export interface Setup {
  readonly tasks: Tracker;
  readonly clock: ManualClock;
  readonly warnings: string[];
  readonly context: PluginContext;
  /** Changes of breakers, in the words of their events. */
  readonly changes: string[];
}

/** A tracker with the plugin, and what it says of itself. */
export function track(plugin: Plugin, { plugins = [], ...options }: TrackerOptions = {}): Setup {
  const clock = new ManualClock();
  const warnings: string[] = [];
  const changes: string[] = [];
  let context: PluginContext | undefined;
  const tasks = createTracker({
    clock,
    diag: { warn: (message) => void warnings.push(message) },
    plugins: [plugin, ...plugins, { name: "probe", setup: (given) => void (context = given) }],
    ...options,
  });
  tasks.subscribe({ name: "changes" }, (event: LifecycleEvent) => {
    if (event.kind === "breaker") changes.push(`${event.name}: ${event.from} → ${event.to}`);
  });
  if (context === undefined) throw new Error("the probe was not set up");
  return { tasks, clock, warnings, context, changes };
}

/** Runs a task that fails, as many times. */
export async function failing(
  tasks: Tracker,
  spec: { name: string; type?: string },
  times = 1,
): Promise<void> {
  for (let count = 0; count < times; count += 1) {
    await tasks.run(spec, () => Promise.reject(new Error("down"))).catch(() => undefined);
  }
}

/** The states that breakers are shown in, as far as they are 1 or more. */
export function shownStates({ context }: Setup): Record<string, string> {
  const shown = context
    .stats()
    .contributed.filter(({ metric, value }) => metric === "breakerState" && value > 0)
    .map(({ labels, value }) => [labels["breaker"] ?? "", `${labels["state"]} ${value}`] as const);
  return Object.fromEntries(shown);
}

/** What a refusal by an open breaker looks like. */
export const refusal = { code: "TASKSCOPE_REJECTED", reason: "breaker_open", name: "TaskRejectedError" };

/** How long the breaker of `protectPayments` stays open, in milliseconds. */
export const RESET_MS = 5_000;
export const charge = { name: "charge", type: "payments" };

/** A tracker and a breaker for payments that opens when more than half of at least four failed. */
export function protectPayments(options: Partial<ProtectOptions> = {}): Setup & { breaker: TaskBreaker } {
  const breakers = circuitBreakers();
  const setup = track(breakers, { types: { payments: { timeoutMs: 1_000 } } });
  const breaker = breakers.protect({
    name: "payments",
    taskType: "payments",
    volumeThreshold: 4,
    resetTimeout: RESET_MS,
    ...options,
  });
  return { ...setup, breaker };
}
