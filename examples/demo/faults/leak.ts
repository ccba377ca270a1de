import type { Tracker } from "taskscope";
import type { Catalog } from "../catalog.ts";
import type { PackageIndex } from "../package-index.ts";
import { pace } from "./pace.ts";

/** Somebody keeps the lock of a package, and each second so many re-indexings queue up behind it. */
export class Leak {
  readonly #tasks: Tracker;
  readonly #index: PackageIndex;
  readonly #catalog: Catalog;
  #end: (() => void) | undefined;

  constructor(tasks: Tracker, index: PackageIndex, catalog: Catalog) {
    this.#tasks = tasks;
    this.#index = index;
    this.#catalog = catalog;
  }

  /** 0 does what the runbook says: cancels those that wait, then gives the lock back. */
  async change(perSecond: number): Promise<void> {
    this.#end?.();
    this.#end = undefined;
    const installed = this.#index.find(this.#index.names[0] ?? "");
    if (perSecond === 0 || installed === undefined) return;
    const giveBack = await this.#catalog.seize(installed.name);
    const stop = pace(perSecond, () => this.#catalog.reindex(installed));
    this.#end = () => {
      stop();
      this.#tasks.cancelWhere({ name: "reindex-package" }, "leak");
      giveBack();
    };
  }
}
