import type { Tracker } from "taskscope";
import type { Catalog } from "../catalog.ts";
import type { PackageIndex } from "../package-index.ts";
import { AuditLog } from "./audit-log.ts";
import { faultNames, noFaults } from "./fault-settings.ts";
import type { FaultName, FaultSettings } from "./fault-settings.ts";
import type { Failures } from "./failures.ts";
import { Leak } from "./leak.ts";
import { LoopBlocker } from "./loop-blocker.ts";
import { LostAnswers } from "./lost-answers.ts";
import { Mirror } from "./mirror.ts";
import { MirrorFaults } from "./mirror-faults.ts";
import { SpawnStorm } from "./spawn-storm.ts";

export interface FaultBoardParts {
  readonly tasks: Tracker;
  readonly index: PackageIndex;
  readonly catalog: Catalog;
  readonly failures: Failures;
}

/** Starts, changes and ends what is broken on purpose, while the demo runs. */
export class FaultBoard {
  readonly #mirror = new Mirror();
  readonly #switches: Readonly<Record<FaultName, (value: number) => void | Promise<void>>>;
  #settings: FaultSettings = noFaults;
  #applied: Promise<void> = Promise.resolve();

  constructor({ tasks, index, catalog, failures }: FaultBoardParts) {
    const mirror = new MirrorFaults(tasks, this.#mirror);
    const leak = new Leak(tasks, index, catalog);
    const storm = new SpawnStorm(tasks, index);
    const blocker = new LoopBlocker(tasks);
    const audit = new AuditLog(tasks);
    const answers = new LostAnswers(tasks);
    this.#switches = {
      failures: (share) => failures.change(share),
      leak: (perSecond) => leak.change(perSecond),
      spawns: (perSecond) => storm.change(perSecond),
      stuck: (requests) => mirror.stuck(requests),
      hung: (requests) => mirror.hung(requests),
      full: (downloads) => mirror.full(downloads),
      queued: (perSecond) => mirror.queued(perSecond),
      refused: (perSecond) => mirror.refused(perSecond),
      lost: (perSecond) => answers.change(perSecond),
      restarts: (feeds) => mirror.restarts(feeds),
      block: (msOfEachSecond) => blocker.change(msOfEachSecond),
      audit: (capacity) => audit.change(capacity),
    };
  }

  /** Puts these settings in place, after those that were given before. What is not among them stays. */
  apply(change: Partial<FaultSettings>): Promise<void> {
    const done = this.#applied.then(() => this.#put(change));
    this.#applied = done.catch(() => undefined);
    return done;
  }

  /** Ends everything that is broken. */
  async clear(): Promise<void> {
    await this.apply(noFaults);
    await this.#mirror.close();
  }

  async #put(change: Partial<FaultSettings>): Promise<void> {
    for (const name of faultNames) {
      const value = change[name];
      if (value === undefined || value === this.#settings[name]) continue;
      this.#settings = { ...this.#settings, [name]: value };
      await this.#switches[name](value);
    }
  }
}
