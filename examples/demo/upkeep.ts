import type { Tracker } from "taskscope";
import type { Catalog } from "./catalog.ts";
import type { PackageIndex } from "./package-index.ts";
import type { RecordCache } from "./record-cache.ts";

const REFRESH_EVERY_MS = 2_000;
const PRUNE_EVERY_MS = 1_000;
/** How many packages are looked at again after each refresh. */
const REINDEXED = 4;

/** Periodic work, and the background work that it starts. */
export class Upkeep {
  readonly #tasks: Tracker;
  readonly #index: PackageIndex;
  readonly #cache: RecordCache;
  readonly #catalog: Catalog;
  readonly #timers: NodeJS.Timeout[] = [];
  readonly #underWay = new Set<Promise<unknown>>();
  #next = 0;

  constructor(tasks: Tracker, index: PackageIndex, cache: RecordCache, catalog: Catalog) {
    this.#tasks = tasks;
    this.#index = index;
    this.#cache = cache;
    this.#catalog = catalog;
  }

  /** Reads the index for the first time, then keeps things fresh. Rejects when the index cannot be read. */
  async start(): Promise<void> {
    await this.#refresh();
    this.#every(REFRESH_EVERY_MS, () => this.#refresh());
    this.#every(PRUNE_EVERY_MS, () => this.#prune());
  }

  /** Stops periodic work and waits for what of it is under way. The re-indexing that it spawned is the tracker's. */
  async stop(): Promise<void> {
    for (const timer of this.#timers.splice(0)) clearInterval(timer);
    await Promise.allSettled(this.#underWay);
  }

  async #refresh(): Promise<void> {
    await this.#tasks.run({ name: "refresh-index", type: "maintenance" }, () => this.#index.refresh());
    const { names } = this.#index;
    for (let turn = 0; turn < Math.min(REINDEXED, names.length); turn += 1) {
      const installed = this.#index.find(names[this.#next % names.length] ?? "");
      this.#next += 1;
      if (installed !== undefined) this.#catalog.reindex(installed);
    }
  }

  async #prune(): Promise<void> {
    await this.#tasks.run({ name: "prune-cache", type: "maintenance" }, async () => this.#cache.prune());
  }

  /** Runs `work` every so often, and not while it still runs. A failure is the tracker's to show; the next turn comes. */
  #every(intervalMs: number, work: () => Promise<void>): void {
    let running = false;
    const turn = async (): Promise<void> => {
      if (running) return;
      running = true;
      const promise = work().catch(() => undefined);
      this.#underWay.add(promise);
      await promise;
      this.#underWay.delete(promise);
      running = false;
    };
    this.#timers.push(setInterval(() => void turn(), intervalMs).unref());
  }
}
