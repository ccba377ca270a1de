import type { Clock, Diag } from "../internal/index.ts";
import { boundName } from "../task/index.ts";

/** How often trouble with one plugin is reported. */
const REPORT_EVERY_MS = 60_000;

/** Counts what plugins throw, and reports it at most once a minute for each. */
export class PluginTrouble {
  readonly #clock: Clock;
  readonly #diag: Diag;
  readonly #errors = new Map<string, number>();
  readonly #reportedAtMs = new Map<string, number>();

  constructor(clock: Clock, diag: Diag) {
    this.#clock = clock;
    this.#diag = diag;
  }

  /** Caught throws by plugin, those that never threw at 0. Names are as fit for labels as those of tasks. */
  get errors(): ReadonlyMap<string, number> {
    return this.#errors;
  }

  /** Makes the count of a plugin exist, at 0. */
  expect(name: string): void {
    const plugin = boundName(name, "plugins[].name");
    if (!this.#errors.has(plugin)) this.#errors.set(plugin, 0);
  }

  caught(name: string, where: string, error: unknown): void {
    const plugin = boundName(name, "plugins[].name");
    this.#errors.set(plugin, (this.#errors.get(plugin) ?? 0) + 1);
    const nowMs = this.#clock.now();
    const lastMs = this.#reportedAtMs.get(plugin);
    if (lastMs !== undefined && nowMs - lastMs < REPORT_EVERY_MS) return;
    this.#reportedAtMs.set(plugin, nowMs);
    this.#diag.warn(`Plugin ${plugin} threw in ${where}; tasks are not affected`, error);
  }
}
