import { access } from "node:fs/promises";
import { join } from "node:path";
import type { Tracker } from "taskscope";
import type { PackageIndex } from "../package-index.ts";
import { pace } from "./pace.ts";

/** A loop that starts a task for each package, over and over, and waits for none. */
export class SpawnStorm {
  readonly #tasks: Tracker;
  readonly #index: PackageIndex;
  #stop: (() => void) | undefined;
  #next = 0;

  constructor(tasks: Tracker, index: PackageIndex) {
    this.#tasks = tasks;
    this.#index = index;
  }

  change(perSecond: number): void {
    this.#stop?.();
    this.#stop = perSecond === 0 ? undefined : pace(perSecond, () => this.#look());
  }

  #look(): void {
    const { names } = this.#index;
    const installed = this.#index.find(names[this.#next % names.length] ?? "");
    this.#next += 1;
    if (installed === undefined) return;
    this.#tasks.spawn({ name: "find-readme", type: "file-io" }, () =>
      access(join(installed.directory, "README.md")).catch(() => undefined),
    );
  }
}
