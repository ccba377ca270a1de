import { createTracker } from "taskscope";
import type { Tracker, TrackerOptions } from "taskscope";
import { healthRules } from "taskscope/health";
import type { AlertChange, HealthAlert, HealthOptions, HealthRules } from "taskscope/health";
import { ManualClock } from "taskscope/testing";
import { onTestFinished } from "vitest";

const MINUTE = 60_000;

/** A watched tracker on a clock that is moved by hand, shut down with the test. */
export class Watched {
  readonly clock: ManualClock = new ManualClock();
  readonly changes: AlertChange[] = [];
  readonly warnings: string[] = [];
  readonly health: HealthRules;
  readonly tasks: Tracker;

  constructor(options: HealthOptions = {}, trackerOptions: TrackerOptions = {}) {
    this.health = healthRules({ onChange: (change) => void this.changes.push(change), ...options });
    this.tasks = createTracker({
      clock: this.clock,
      diag: { warn: (message) => void this.warnings.push(message) },
      retention: { maxFinished: 0 },
      // What is in flight for hours here is held by nobody: a collection would prove it lost.
      watchMs: Infinity,
      ...trackerOptions,
      plugins: [this.health],
    });
    onTestFinished(async () => void (await this.tasks.shutdown({ drainMs: 0, graceMs: 0 })));
  }

  /** Lets minutes go by; `each` is done at the beginning of every quarter of one. */
  async pass(minutes: number, each: () => void = () => {}): Promise<void> {
    for (let quarter = 0; quarter < minutes * 4; quarter += 1) {
      each();
      await this.clock.advance(MINUTE / 4);
    }
  }

  alert(name: string): HealthAlert | undefined {
    return this.health.report().alerts.find((alert) => alert.name === name);
  }

  /** Names of what fires, each once, in the order of the alphabet. */
  get firing(): string[] {
    const firing = this.health.report().alerts.filter(({ state }) => state === "firing");
    return [...new Set(firing.map(({ name }) => name))].toSorted();
  }

  /** Observed tasks that are open until they are told to end. */
  open(count: number, type = "work"): { readonly complete: () => void }[] {
    return Array.from({ length: count }, () => {
      const task = this.tasks.open({ name: "task", type });
      task.start();
      return { complete: () => task.complete(undefined) };
    });
  }

  /** Observed tasks that end at once. */
  end(completed: number, failed = 0, type = "work"): void {
    const give = this.tasks.wrap({ name: "task", type }, () => 1);
    const fail = this.tasks.wrap({ name: "task", type }, () => {
      throw new TypeError("no");
    });
    for (let index = 0; index < completed; index += 1) give();
    for (let index = 0; index < failed; index += 1) {
      try {
        fail();
      } catch {
        // As asked for.
      }
    }
  }
}
